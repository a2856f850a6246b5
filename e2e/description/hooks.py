"""Two browsers that the cases come from: a member, who is signed in, and a visitor, who is not.

Whoever calls is recognised by a cookie that is replaced as they go, so the cases share the cookie of their browser, as
the pages of one browser do.
"""

import itertools
import os

import requests
import schemathesis

ORIGIN = os.environ["ORIGIN"]
PASSWORD = "tulip-anchor-92"
COOKIE = "client"
numbers = itertools.count()


class Browser:
    """A browser's cookie, and what it is used for."""

    def __init__(self):
        self.cookie = None

    @property
    def cookies(self):
        return {COOKIE: self.cookie} if self.cookie else {}

    def is_signed_in(self):
        client = requests.get(f"{ORIGIN}/v1/client", cookies=self.cookies, timeout=10).json()["response"]
        return bool(client and client["sessions"])

    def sign_up(self):
        self.cookie = None
        response = requests.post(
            f"{ORIGIN}/v1/client/sign_ups",
            data={"email_address": f"member-{os.getpid()}-{next(numbers)}@example.com", "password": PASSWORD},
            headers={"Origin": ORIGIN},
            timeout=10,
        )
        response.raise_for_status()
        self.keep(response.cookies)

    def keep(self, cookies):
        if cookies.get(COOKIE):
            self.cookie = cookies[COOKIE]


member = Browser()
visitor = Browser()
# Somebody who has an account, for the visitor to sign in as.
resident = f"resident-{os.getpid()}@example.com"


def browser_of(case):
    tags = case.operation.definition.raw.get("tags", [])
    return visitor if {"Sign-in", "Sign-up"} & set(tags) else member


@schemathesis.auth(refresh_interval=None)
class Cookie:
    def get(self, case, context):
        browser = browser_of(case)
        if browser is member and not browser.is_signed_in():
            browser.sign_up()
        if case.operation.definition.raw["operationId"] in ("createSignIn", "createSignUp") and browser.is_signed_in():
            browser.cookie = None
        return browser.cookies

    def set(self, case, data, context):
        case.cookies = {**(case.cookies or {}), **data}


@schemathesis.hook
def before_load_schema(context, raw_schema):
    response = requests.post(
        f"{ORIGIN}/v1/client/sign_ups",
        data={"email_address": resident, "password": PASSWORD},
        headers={"Origin": ORIGIN},
        timeout=10,
    )
    response.raise_for_status()


@schemathesis.hook
def map_body(context, body):
    """Every other well-formed sign-in is that of somebody who is known, by the right password."""
    if not isinstance(body, dict) or next(numbers) % 2:
        return body
    if isinstance(body.get("identifier"), str):
        body = {**body, "identifier": resident}
    if isinstance(body.get("password"), str) and "email_address" not in body:
        body = {**body, "password": PASSWORD}
    return body


@schemathesis.hook
def map_query(context, query):
    """A session that nobody has is refused at once, so few cases name one."""
    if query and "_clerk_session_id" in query and next(numbers) % 4:
        return {name: value for name, value in query.items() if name != "_clerk_session_id"}
    return query


@schemathesis.hook
def after_call(context, case, response):
    cookies = {name: cookie[0] if isinstance(cookie, list) else cookie for name, cookie in _set_cookies(response)}
    browser_of(case).keep(cookies)


def _set_cookies(response):
    for header in response.headers.get("set-cookie", []):
        name, _, value = header.partition(";")[0].partition("=")
        yield name, value
