"""The codes in the mails that the server under test has sent: e2e/support/mail_server.py writes down what it takes."""

import json
import os
import re
import time

# How long the server may take to send a mail, in seconds.
WITHIN = 30

_mails = open(os.environ["MAILS"], encoding="utf-8")
_unfinished = ""
_codes = {}


def code_for(attempt):
    """The code of a sign-in or sign-up, which its mail has in its id: an earlier one's may come as late as this one's."""
    end = time.monotonic() + WITHIN
    while time.monotonic() < end:
        _read()
        if attempt in _codes:
            return _codes.pop(attempt)
        time.sleep(0.05)
    raise RuntimeError(f"no code came for {attempt}")


def _read():
    global _unfinished
    *lines, _unfinished = (_unfinished + _mails.read()).split("\n")
    for told in map(json.loads, lines):
        mail = told.get("accepted", "")
        code = re.search(r"^    (\d{6})\r?$", mail, re.MULTILINE)
        if code:
            _codes[re.search(r"^Message-ID: <((?:sia|sua)_\w+)", mail, re.MULTILINE)[1]] = code[1]
