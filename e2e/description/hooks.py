"""Puts the cases into the places of people who use the server, so that they reach its rules.

A random id, password or code is refused at once, and shows nothing of what comes after. So whatever is well formed in a
case is often made right as well: it comes from the browser that the id belongs to, signed in as far as the operation
needs. What a case negates is never touched.
"""

import functools
import zlib
from collections import Counter, defaultdict

import schemathesis
from people import ADMINISTRATOR, COOKIE, PASSWORD, Account, Browser, another_password, new_email
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase

# Fewer successes than this, and an operation counts as not tried.
FEWEST_SUCCESSES = 3
# Stands for the cookie of whichever browser the case turns out to come from; cases meant to come from nobody lack it.
OWN_COOKIE = "of-the-browser"

SIGN_IN = {
    "getSignIn": None,
    "prepareFirstFactor": "needs_first_factor",
    "attemptFirstFactor": "needs_first_factor",
    "resetPassword": "needs_new_password",
    "attemptSecondFactor": "needs_second_factor",
}
SIGN_UP = ("getSignUp", "prepareVerification", "attemptVerification")
# What an administrator does for somebody else.
HELP = ("resetMfa", "unlock")
ADMINISTRATION = ("getMultiFactorSettings", "updateMultiFactorSettings", "listManagedUsers", *HELP)
STEP_UP = {"attemptStepUpFirstFactor": "first_factor", "attemptStepUpSecondFactor": "second_factor"}

senders = {}
refusals_of_strangers = {}
statuses = defaultdict(Counter)


class Lot:
    """Decides by what was generated, so that a case is treated the same whenever it comes: schemathesis repeats them,
    and ends its search when a repetition goes another way. Ids that the server made are not the same the next time.

    The coverage phase has one or two well-formed cases of an operation: those are to succeed.
    """

    def __init__(self, case):
        self._may_fail = case.meta is None or case.meta.phase.name is not TestPhase.COVERAGE
        path = case.path_parameters or {}
        path = None if path.get("id") in Browser.owners else path
        body = case.body if isinstance(case.body, dict | list | str) else None
        self._case = repr((operation_id(case), path, case.query, body))

    def falls_on(self, what, one_in):
        number = zlib.crc32(f"{what} {self._case}".encode(errors="backslashreplace"))
        return self._may_fail and number % one_in == 0


class Cast:
    """Who plays: each is replaced when they are signed out, locked out, or changed beyond use."""

    def __init__(self):
        self._member = self._guarded_member = self._resident = self._guarded_resident = None
        self._administrator = None
        self._strangers = {}

    def member(self):
        """Somebody who is signed in, with a password alone."""
        member = self._member
        if member is None or not member.is_of_use or member.account.is_locked or member.account.is_guarded:
            self._member = Browser.signed_up()
        return self._member

    def guarded_member(self):
        """Somebody who is signed in, with an authenticator app, and codes left of either kind."""
        member = self._guarded_member
        if member is None or not member.is_of_use or not member.account.has_codes:
            self._guarded_member = Browser.signed_up_and_guarded()
        return self._guarded_member

    def resident(self):
        """Somebody to sign in as, with a password alone."""
        if self._resident is None or self._resident.is_locked:
            self._resident = Browser.signed_up().account
        return self._resident

    def guarded_resident(self):
        """Somebody to sign in as, with an authenticator app, and codes left of either kind."""
        if self._guarded_resident is None or not self._guarded_resident.has_codes:
            self._guarded_resident = Browser.signed_up_and_guarded().account
        return self._guarded_resident

    def reset(self, id):
        """An administrator has removed the factors of an account."""
        if self._guarded_resident and self._guarded_resident.id == id:
            self._guarded_resident = None

    def administrator(self):
        """With an authenticator app, which they need to decide for everybody."""
        if self._administrator is None:
            self._administrator = Browser.signed_up_and_guarded(ADMINISTRATOR)
        elif not self._administrator.is_of_use:
            self._administrator = Browser.signed_in(self._administrator.account)
        return self._administrator

    def stranger(self, *, is_signed_in):
        """Somebody whom nothing belongs to that the cases are about, signed in or about to."""
        if is_signed_in not in self._strangers:
            self._strangers[is_signed_in] = Browser.signed_up() if is_signed_in else signing_in(None)
        return self._strangers[is_signed_in]


people = Cast()


def operation_id(case):
    return case.operation.definition.raw["operationId"]


def is_well_formed(case, location):
    return case.meta is None or not case.meta.is_negative_at(location)


@schemathesis.auth(refresh_interval=None)
class Cookie:
    def get(self, case, context):
        return {COOKIE: OWN_COOKIE}

    def set(self, case, data, context):
        case.cookies = {**(case.cookies or {}), **data}


@schemathesis.hook
def before_init_operation(context, operation):
    """An operation that no case ever reaches is counted as well."""
    statuses[operation.label]


@schemathesis.hook
def before_call(context, case, kwargs):
    lot = Lot(case)
    browser = sender(case, lot)
    senders[case.id] = browser
    fit_path(case, browser, lot)
    fit_query(case, browser, lot)
    fit_body(case, browser, lot)
    if (case.cookies or {}).get(COOKIE) == OWN_COOKIE:
        others = {name: value for name, value in case.cookies.items() if name != COOKIE}
        case.cookies = {**others, **browser.cookies}
        if lot.falls_on("stranger", 4):
            let_a_stranger_try(case, browser)


@schemathesis.hook
def after_call(context, case, response):
    if case.method == case.operation.method.upper():
        statuses[case.operation.label][response.status_code] += 1
    cookies = dict(header.partition(";")[0].split("=", 1) for header in response.headers.get("set-cookie", []))
    is_json = response.headers.get("content-type", [""])[0].startswith("application/json")
    browser = senders.pop(case.id)
    browser.learn(response.json() if is_json else None, cookies.get(COOKIE))
    if response.status_code != 200 or case.method != case.operation.method.upper():
        return
    match operation_id(case):
        case "updateMultiFactorSettings":
            put_settings_back()
        case "changePassword":
            browser.account.password = case.body["new_password"]
        case "resetPassword":
            browser.account.password = case.body["password"]
        case "resetMfa":
            people.reset(response.json()["response"]["user"]["id"])


def put_settings_back():
    """What one case switches off would be off for all that come after."""
    settings = {"authenticator_app": "true", "backup_code": "true", "required": "false"}
    people.administrator().call("PATCH", "/v1/instance/multi_factor", **settings)


def sender(case, lot):
    """The browser that a case comes from, as far as its operation needs it to have come."""
    operation = operation_id(case)
    id = (case.path_parameters or {}).get("id")
    owner = Browser.owners.get(id)
    if is_stateful(case) and id in ids_of_earlier_phases():
        owner = None
    if operation in SIGN_IN:
        wanted = SIGN_IN[operation]
        # A sign-in that asks for something else is not found, so a link to it leads nowhere.
        is_at_it = owner and owner.sign_in == id and wanted in (None, owner.sign_in_status)
        return owner if is_at_it else signing_in(wanted)
    if operation in SIGN_UP:
        # Codes and attempts at them run out, so an id that was seen is asked about again by links alone.
        is_followed = owner and owner.sign_up == id and is_stateful(case)
        return owner if is_followed else signing_up(operation)
    # A link is followed even to a session that is over or asks for nothing. Elsewhere an id is only one that was seen.
    if owner and (is_stateful(case) or (owner.session == id and operation not in STEP_UP)):
        return owner
    match operation:
        case "createSignIn" | "createSignUp":
            return Browser()
        case "verifyTotp":
            return with_new_totp(people.member())
        case "deleteTotp" if not lot.falls_on("guarded", 8):
            return with_new_totp(people.member())
        case _ if operation in ADMINISTRATION and not lot.falls_on("no administrator", 8):
            return people.administrator()
        case "createBackupCodes" | "deleteTotp":
            return people.guarded_member()
        case "attemptStepUpFirstFactor" | "attemptStepUpSecondFactor":
            return stepping_up(STEP_UP[operation])
        case _:
            return people.guarded_member() if lot.falls_on("guarded", 4) else people.member()


def is_stateful(case):
    return case.meta is not None and case.meta.phase.name is TestPhase.STATEFUL


@functools.cache
def ids_of_earlier_phases():
    """Asked for by the first stateful case. What became of them since is by chance, so their state decides nothing."""
    return frozenset(Browser.owners)


def signing_in(status):
    """A browser in the middle of a sign-in."""
    if status == "needs_second_factor":
        browser = Browser(people.guarded_resident())
        browser.begin_sign_in(strategy="password", password=browser.account.password)
    elif status == "needs_new_password":
        browser = Browser(people.resident())
        browser.begin_reset()
    else:
        browser = Browser(people.resident())
        browser.begin_sign_in()
    return browser


def signing_up(operation):
    """A browser in the middle of a sign-up."""
    browser = Browser(Account(new_email(), PASSWORD))
    browser.begin_sign_up()
    if operation == "attemptVerification":
        browser.have_code_sent()
    return browser


def with_new_totp(browser):
    browser.add_totp()
    return browser


def stepping_up(level):
    browser = people.guarded_member() if level == "second_factor" else people.member()
    browser.begin_step_up(level)
    return browser


def fit_path(case, browser, lot):
    """Some ids stay what they are, which nobody has."""
    if "id" not in (case.path_parameters or {}) or not is_well_formed(case, ParameterLocation.PATH):
        return
    id = case.path_parameters["id"]
    if operation_id(case) in HELP:
        if not lot.falls_on("unknown id", 8):
            case.path_parameters = {**case.path_parameters, "id": people.guarded_resident().id}
        return
    if Browser.owners.get(id) is browser or (id not in Browser.owners and lot.falls_on("unknown id", 8)):
        return
    match operation_id(case):
        case operation if operation in SIGN_IN:
            own = browser.sign_in
        case operation if operation in SIGN_UP:
            own = browser.sign_up
        case _:
            own = browser.session
    case.path_parameters = {**case.path_parameters, "id": own}


def fit_query(case, browser, lot):
    """A session that nobody has is refused at once, so few cases name one."""
    query = case.query or {}
    if "_clerk_session_id" not in query or not is_well_formed(case, ParameterLocation.QUERY):
        return
    if browser.session and lot.falls_on("own session", 4):
        case.query = {**query, "_clerk_session_id": browser.session}
    elif not lot.falls_on("unknown session", 8):
        case.query = {name: value for name, value in query.items() if name != "_clerk_session_id"}


def fit_body(case, browser, lot):
    """Most passwords and codes are the right ones."""
    body = case.body
    if not isinstance(body, dict) or not is_well_formed(case, ParameterLocation.BODY):
        return
    match operation_id(case):
        case "createSignIn":
            case.body = as_somebody(body, browser, lot)
        case "createSignUp":
            case.body = as_newcomer(body, browser, lot)
        case _ if browser.account is None or lot.falls_on("wrong secret", 4):
            pass
        case "changePassword":
            case.body = {**body, "current_password": browser.account.password, "new_password": another_password()}
        case "resetPassword":
            case.body = {**body, "password": another_password()}
        case "prepareFirstFactor":
            case.body = {name: value for name, value in body.items() if name != "email_address_id"}
        case "attemptVerification" if browser.sign_up_code:
            case.body = {**body, "code": browser.sign_up_code}
        case "attemptFirstFactor":
            case.body = {**body, "strategy": "password", "password": browser.account.password}
        case "attemptStepUpFirstFactor":
            case.body = {**body, "password": browser.account.password}
        case "attemptSecondFactor" | "attemptStepUpSecondFactor" | "verifyTotp":
            code = browser.account.code(body.get("strategy"))
            case.body = {**body, "code": code} if code else body


def as_somebody(body, browser, lot):
    if lot.falls_on("unknown identifier", 4):
        return body
    browser.account = people.guarded_resident() if lot.falls_on("guarded", 3) else people.resident()
    body = {**body, "identifier": browser.account.email}
    if "password" not in body or lot.falls_on("wrong password", 4):
        return body
    return {**body, "password": browser.account.password}


def as_newcomer(body, browser, lot):
    """Nearly all generated passwords are too easy to guess."""
    if not lot.falls_on("weak password", 3):
        body = {**body, "email_address": new_email(), "password": PASSWORD}
    browser.account = Account(body["email_address"], body["password"])
    return body


def let_a_stranger_try(case, browser):
    """Somebody else sends the same, and first: afterwards the thing may be gone for everybody."""
    id = (case.path_parameters or {}).get("id")
    if case.method != case.operation.method.upper() or Browser.owners.get(id) is not browser:
        return
    stranger = people.stranger(is_signed_in=operation_id(case) not in (*SIGN_IN, *SIGN_UP))
    form = case.body if isinstance(case.body, dict) else None
    refusals_of_strangers[case.id] = stranger.send(case.method, case.formatted_path, form)


@schemathesis.check
def strangers_find_nothing(ctx, response, case):
    """What belongs to somebody else is not found, as if it were not there. (A malformed form is refused to anybody.)"""
    refusal = refusals_of_strangers.pop(case.id, None)
    if refusal is not None and response.status_code == 200 and refusal.status_code != 404:
        raise AssertionError(f"a stranger was answered {refusal.status_code}: {refusal.text}")


@schemathesis.check
class EveryOperationSucceeds:
    """Refusals alone would say little of an operation."""

    def after_run(self, ctx):
        width = max(map(len, statuses))
        for label, counts in sorted(statuses.items(), key=lambda item: item[0].split()[::-1]):
            print(f"{label:{width}}  " + "  ".join(f"{status}: {count}" for status, count in sorted(counts.items())))
        seldom = [label for label, counts in statuses.items() if counts[200] < FEWEST_SUCCESSES]
        if seldom:
            raise AssertionError(f"fewer than {FEWEST_SUCCESSES} successes: {', '.join(sorted(seldom))}")
