"""Literals of source code that may be secrets somebody wrote into it."""

from __future__ import annotations

import re

_MAY_BE_SECRET = re.compile(
    r"(?i)(?:pass|pwd|secret|token|key|auth|cred|cookie|session|sid|pin|cvv|ssn)\w{0,20}['\"\])>]{0,3}\s{0,3}(?:[=:]|=>|\bis\b|\s)\s{0,3}['\"]?"
    r"[^\s%{}'\"\[\](),.:;…<>‹›]{4,}"
    r"|(?=[A-Za-z_\-+/=.]{0,60}\d)[A-Za-z0-9_\-+/=.]{16,}|://[^/\s:@{}%]{1,60}:[^/\s@{}%]{1,60}@|\d[\d \-]{7,}\d|-----BEGIN|@"
)


def may_hold_secret(text: str) -> bool:
    """Tell whether a text may hold a value that is secret; it says yes too often rather than too seldom.

    >>> may_hold_secret("login of {} failed"), may_hold_secret("password=hunter2")
    (False, True)
    """
    return _MAY_BE_SECRET.search(text) is not None
