"""The people that the cases come from: their accounts, and their browsers.

They go by the server's replies alone, as a page does, so they never know more than the server has told somebody.
"""

import base64
import hmac
import http.cookiejar
import itertools
import os
import time
from dataclasses import dataclass, field

import mailed
import requests

ORIGIN = os.environ["ORIGIN"]
ADMINISTRATOR = os.environ["ADMINISTRATOR"]
COOKIE = "client"
PASSWORD = "tulip-anchor-92"
# Seconds that a code of an authenticator app is for.
PERIOD = 30

_numbers = itertools.count(1)
# Connections are shared, cookies never: each browser shows its own.
_connections = requests.Session()
_connections.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))


def new_email():
    return f"member-{next(_numbers)}@example.com"


def another_password():
    """Nobody has it yet."""
    return f"{PASSWORD}-{next(_numbers)}"


@dataclass
class Account:
    """What somebody knows who has an account."""

    email: str
    password: str
    # As soon as they are signed in somewhere.
    id: str | None = None
    # Of the authenticator app: shown at its creation, and of use once its first code was accepted.
    secret: str | None = None
    is_guarded: bool = False
    last_step: int = 0
    backup_codes: list[str] = field(default_factory=list)
    is_locked: bool = False

    @property
    def has_codes(self):
        return self.is_guarded and not self.is_locked and bool(self.backup_codes) and self._next_step() is not None

    def _next_step(self):
        """Each step is accepted once and in order, at most one ahead of the time."""
        now = int(time.time()) // PERIOD
        step = max(now, self.last_step + 1)
        return step if step <= now + 1 else None

    def totp(self):
        step = self._next_step()
        if self.secret is None or step is None:
            return None
        self.last_step = step
        return totp_of(self.secret, step)

    def backup_code(self):
        return self.backup_codes.pop() if self.backup_codes else None

    def code(self, strategy):
        return self.backup_code() if strategy == "backup_code" else self.totp()


def totp_of(secret, step):
    """RFC 6238 with six digits, of a secret in base32."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**6:06}"


class Browser:
    """A browser: its cookie, and what the server has told it."""

    # Whose browser it is that a session, a sign-in or a sign-up lives in, by id.
    owners = {}

    def __init__(self, account=None):
        self.account = account
        self.cookie = None
        self.session = None
        self.sign_in = None
        self.sign_in_status = None
        self.sign_up = None
        # The code that came for it.
        self.sign_up_code = None
        self.is_stale = False

    @property
    def is_of_use(self):
        return self.session is not None and not self.is_stale

    @property
    def cookies(self):
        return {COOKIE: self.cookie} if self.cookie else {}

    def send(self, method, path, form=None):
        return _connections.request(
            method, f"{ORIGIN}{path}", data=form, headers={"Origin": ORIGIN}, cookies=self.cookies, timeout=10
        )

    def call(self, method, path, **form):
        """What prepares a case must succeed."""
        response = self.send(method, path, form)
        if not response.ok:
            raise RuntimeError(f"{method} {path} answers {response.status_code}: {response.text}")
        self.learn(response.json(), response.cookies.get(COOKIE))

    def learn(self, reply, cookie):
        if cookie:
            self.cookie = cookie
        if not isinstance(reply, dict):
            return
        self._learn_refusal({error["code"] for error in reply.get("errors", [])})
        if reply.get("client"):
            self._learn_client(reply["client"])
        if isinstance(reply.get("response"), dict):
            self._learn_resource(reply["response"])

    def _learn_refusal(self, codes):
        if "signed_out" in codes:
            self.session = None
        if "session_reverification_required" in codes:
            self.is_stale = True
        if "user_locked" in codes and self.account:
            self.account.is_locked = True

    def _learn_client(self, client):
        sessions = [session["id"] for session in client["sessions"]]
        self.session = sessions[0] if sessions else None
        for id in sessions:
            Browser.owners[id] = self
        if sessions and self.account:
            self.account.id = client["sessions"][0]["user"]["id"]

    def _learn_resource(self, resource):
        match resource.get("object"):
            case "sign_in_attempt":
                self.sign_in, self.sign_in_status = resource["id"], resource["status"]
                Browser.owners[self.sign_in] = self
            case "sign_up_attempt":
                self.sign_up = resource["id"]
                Browser.owners[self.sign_up] = self
            case "totp" if self.account:
                self._learn_totp(resource)
            case "backup_code" if self.account:
                self.account.backup_codes = list(resource["codes"])

    def _learn_totp(self, totp):
        account = self.account
        if totp.get("deleted"):
            account.secret, account.is_guarded = None, False
        elif totp["verified"]:
            account.is_guarded = True
            account.backup_codes = totp["backup_codes"] or account.backup_codes
        else:
            account.secret, account.last_step = totp["secret"], 0

    @classmethod
    def signed_up(cls, email=None):
        browser = cls(Account(email or new_email(), PASSWORD))
        browser.begin_sign_up()
        browser.have_code_sent()
        attempt = f"/v1/client/sign_ups/{browser.sign_up}/attempt_verification"
        browser.call("POST", attempt, strategy="email_code", code=browser.sign_up_code)
        return browser

    @classmethod
    def signed_up_and_guarded(cls, email=None):
        """With an authenticator app, and the backup codes that come with it."""
        browser = cls.signed_up(email)
        browser.add_totp()
        browser.call("POST", "/v1/me/totp/attempt_verification", code=browser.account.totp())
        return browser

    @classmethod
    def signed_in(cls, account):
        browser = cls(account)
        browser.begin_sign_in(strategy="password", password=account.password)
        attempt = f"/v1/client/sign_ins/{browser.sign_in}/attempt_second_factor"
        browser.call("POST", attempt, strategy="backup_code", code=account.backup_code())
        return browser

    def add_totp(self):
        self.call("POST", "/v1/me/totp")

    def begin_sign_up(self):
        self.call("POST", "/v1/client/sign_ups", email_address=self.account.email, password=self.account.password)

    def have_code_sent(self):
        self.call("POST", f"/v1/client/sign_ups/{self.sign_up}/prepare_verification", strategy="email_code")
        self.sign_up_code = mailed.code_for(self.sign_up)

    def begin_sign_in(self, **password):
        self.call("POST", "/v1/client/sign_ins", identifier=self.account.email, **password)

    def begin_reset(self):
        """A new password is asked for, and the code that came by mail was right."""
        self.begin_sign_in(strategy="reset_password_email_code")
        attempt = f"/v1/client/sign_ins/{self.sign_in}/attempt_first_factor"
        code = mailed.code_for(self.sign_in)
        self.call("POST", attempt, strategy="reset_password_email_code", code=code)

    def begin_step_up(self, level):
        self.call("POST", f"/v1/client/sessions/{self.session}/verify", level=level)
