"""The codes in the mails that the server under test has sent: e2e/support/mail_server.py writes down what it takes."""

import json
import os
import re
import time

# How long the server may take to send a mail, in seconds.
WITHIN = 30

_mails = open(os.environ["MAILS"], encoding="utf-8")  # noqa: SIM115
_unfinished = ""
_codes = {}


def code_for(address):
    """The code that comes next for an address; each is given once."""
    end = time.monotonic() + WITHIN
    while time.monotonic() < end:
        _read()
        if address in _codes:
            return _codes.pop(address)
        time.sleep(0.05)
    raise RuntimeError(f"no code came for {address}")


def forget(address):
    """What has come so far is of no use any more."""
    _read()
    _codes.pop(address, None)


def _read():
    global _unfinished
    *lines, _unfinished = (_unfinished + _mails.read()).split("\n")
    for told in map(json.loads, lines):
        code = re.search(r"^    (\d{6})\r?$", told.get("accepted", ""), re.MULTILINE)
        if code:
            _codes[told["recipients"][0]] = code[1]
