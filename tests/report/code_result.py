"""A result of an audit of code that shows everything a report has to cope with."""

from __future__ import annotations

from dataclasses import replace

from logscrub.code.model import (
    Argument,
    CodeFinding,
    CodeResult,
    Elsewhere,
    Kind,
    LogCall,
    Place,
    Problem,
    Repair,
    Sensitivity,
    Step,
    Suppressed,
)
from logscrub.model import Severity

ODD = "src/odd\n\x1b]0;name\x07\u202egol \udcff%.py"
TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4o5P6q7R8"
"""In the shape of a secret, so that a report which shows what is written in the source shows this."""

_PLACE = Place("src/shop/auth.py", 12, 5, 12, 52)
FINDING = CodeFinding(
    rule="code.secret-in-log",
    kind=Kind.FLOW,
    severity=Severity.HIGH,
    field="password",
    place=_PLACE,
    function="Login.check",
    level="info",
    expression="given",
    message="LOG.info() prints given, which holds a password (password)",
    printed="login of {name} with [password]",
    steps=(
        Step(Place("src/shop/forms.py", 104, 12, 104, 30), "form.password is named so"),
        Step(Place("src/shop/auth.py", 9, 5, 9, 26), "given = form.password"),
        Step(_PLACE, "LOG.info() prints given"),
    ),
    fix="leave given out, or print logscrub.mask(given, 'password')",
    repair=Repair("mask", Place("src/shop/auth.py", 12, 44, 12, 49), "", "password"),
    cwe=(532,),
    fingerprint="abcdefghijklmnopabcd",
    note="a logscrub filter is installed",
)
_HOSTILE = CodeFinding(
    rule="code.bulk-in-log",
    kind=Kind.HTTP,
    severity=Severity.LOW,
    field="http-headers",
    place=Place(ODD, 3, 1, 5, 2),
    function="<module>",
    level="",
    expression="headers\x1b[31m",
    message=f"print() prints headers\u202e: HTTP headers, 'key' is {TOKEN}",
    printed=f"::error::%0A\n<b>&{TOKEN} {{headers}}",
    steps=(Step(Place(ODD, 3, 1, 5, 2), f"print(…{TOKEN})"),),
    fix='=HYPERLINK("x")',
    cwe=(532, 99999),
    fingerprint="bbbbbbbbbbbbbbbbbbbb",
)
_DECLARED = CodeFinding(
    rule="code.declared-without-secret",
    kind=Kind.DECLARATION,
    severity=Severity.MEDIUM,
    field="password",
    place=Place("src/shop/conf.py", 40, 1, 44, 2),
    function="<module>",
    level="",
    expression="admin_password",
    message="admin_password is declared without secret=True",
    printed="",
    steps=(),
    fix="add secret=True",
    repair=Repair("declare", Place("src/shop/conf.py", 40, 1, 44, 2), "secret=True"),
    fingerprint="cccccccccccccccccccc",
)
CALLS = (
    LogCall(
        Place("src/shop/auth.py", 12, 5, 12, 52),
        "Login.check",
        "logging",
        "LOG",
        "info",
        ("login of ", 0, " with ", 1),
        (
            Argument("name", Place("src/shop/auth.py", 12, 38, 12, 42), "", Sensitivity.PERSONAL, "user-name"),
            Argument("given", Place("src/shop/auth.py", 12, 44, 12, 49), "", Sensitivity.SECRET, "password"),
        ),
        "shop.auth",
    ),
    LogCall(
        Place("src/shop/auth.py", 30, 5, 30, 52),
        "Login.done",
        "logging",
        "LOG",
        "debug",
        None,
        (
            Argument("count", Place("src/shop/auth.py", 30, 9, 30, 14), "n"),
            Argument("mask(given)", Place("src/shop/auth.py", 30, 19, 30, 24), "", Sensitivity.MASKED, "password"),
        ),
    ),
    LogCall(Place(ODD, 7), "<module>", "print", "", "", (f"using password=hunter2-horse \x1b[2J {TOKEN}",), ()),
)
RESULT = CodeResult(
    findings=(FINDING, _DECLARED, _HOSTILE),
    suppressed=(
        Suppressed(FINDING, f"a test account, {TOKEN}"),
        Suppressed(_DECLARED, "known", "baseline"),
    ),
    problems=(
        Problem("src/\x1b[2Jcut.py", "not valid UTF-8"),
        Problem("src/shop/old.py", "read without its Python 2 statements", 7, partial=True),
    ),
    files=812,
    lines=140_455,
    rules_digest="0f" * 32,
    elapsed=2.34,
)
LEDGER = replace(
    RESULT,
    findings=(
        replace(FINDING, emitted=(("email", 1),)),
        replace(
            FINDING,
            place=Place("src/shop/auth.py", 30, 5, 30, 52),
            fingerprint="dddddddddddddddddddd",
            emitted=(("password", 1200), ("email", 1)),
        ),
        _DECLARED,
        _HOSTILE,
    ),
    suppressed=(
        Suppressed(FINDING, "a test account"),
        *(Suppressed(replace(_DECLARED, emitted=(("token", 2),)), "known", "baseline"),) * 2,
    ),
    emitted_elsewhere=(
        Elsewhere("src/shop/auth.py", 30, "shop.auth", (("iban", 9),), (CALLS[1],)),
        Elsewhere(
            "/srv/auth.py",
            7,
            "",
            (("email", 2),),
            (CALLS[0], replace(CALLS[1], place=Place("src/\u202eold/auth.py", 6))),
        ),
        Elsewhere("/srv/\x1b[2Jgone.py", 3, "shop.gone", (("iban", 1),)),
    ),
)
"""The same, with what a ledger tells of it."""
