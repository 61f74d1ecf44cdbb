"""Literals of source code that may be secrets somebody wrote into it."""

from __future__ import annotations

import re

_MAY_BE_SECRET = re.compile(
    r"(?i)(?:pass|pwd|secret|token|key|auth|cred|cookie|session|sid|pin|cvv|ssn)\w{0,20}['\"\])>]{0,3}\s{0,3}"
    r"(?:[=:]|=>|\bis\b|\s)\s{0,3}['\"]?[^\s%{}'\"\[\](),.:;…<>‹›]{4,}"
    r"|(?=[A-Za-z_\-+/=.]{0,60}\d)[A-Za-z0-9_\-+/=.]{16,}"
    r"|://[^/\s:@{}%]{1,60}:[^/\s@{}%]{1,60}@|\d[\d \-]{7,}\d|-----BEGIN|@"
)
_MAY_BE_TOKEN = re.compile(r"(?=[A-Za-z_\-+/=]{0,40}\d)(?=[A-Za-z\d\-+/=]{0,40}_?[A-Z\d])[A-Za-z0-9_\-+/=]{20,}")


def may_hold_token(text: str) -> bool:
    """Tell whether a text has a run of letters and digits that may be a token.

    >>> may_hold_token("self.client.get_user_by_id_v2()"), may_hold_token("users['AKIAIOSFODNN7EXAMPLE']")
    (False, True)
    """
    return any(_is_mixed(found.group()) for found in _MAY_BE_TOKEN.finditer(text))


def _is_mixed(run: str) -> bool:
    digits = sum(map(str.isdigit, run))
    return digits > 2 or (digits > 0 and not run.islower())


_RUN = re.compile(r"[A-Za-z0-9_\-+/=.!@#$^&*~]{8,}")


def without_tokens(text: str) -> str:
    """Leave out what reads like a password: letters of either case and digits in one run.

    >>> without_tokens("password hunter2-Rosebud41 of {}, see RFC 7519 and x86_64")
    'password … of {}, see RFC 7519 and x86_64'
    """
    return _RUN.sub(lambda found: "…" if _is_password(found.group()) else found.group(), text)


def _is_password(run: str) -> bool:
    return any(map(str.isdigit, run)) and any(map(str.islower, run)) and any(map(str.isupper, run))


def may_hold_secret(text: str) -> bool:
    """Tell whether a text may hold a value that is secret; it says yes too often rather than too seldom.

    >>> may_hold_secret("login of {} failed"), may_hold_secret("password=hunter2")
    (False, True)
    """
    return _MAY_BE_SECRET.search(text) is not None
