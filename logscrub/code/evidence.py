"""What a file does with its addresses and requests says what they hold."""

from __future__ import annotations

import re

_CREDENTIALS_IN_ADDRESS = re.compile(
    rb"://[^\s'\"/@]{1,40}:[^\s'\"/@]{1,40}@"  # scheme://user:secret@host in a literal
    rb"|://%\(?\w{0,30}\)?s:%\(?\w{0,30}\)?s@|://\{[^}\n]{0,60}\}:\{[^}\n]{0,60}\}@"  # put together
)
_SPLITS = (b"urlparse", b"urlsplit", b"parse_uri")
_TAKEN_APART = re.compile(rb"\.(?:password|username|accesskey|secretkey)\b|\.netloc\b[^\n]{0,40}@|['\"]@['\"]")
_LOGIN = (b"login", b"Login", b"cookie", b"Cookie")
_LOGINS = (
    b"login",
    b"log_in",
    b"authenti",
    b"authori",
    b"_auth",
    b"auth_",
    b"oauth",
    b"bearer",
    b"password",
    b"credential",
)
_CURRENCY = re.compile(
    rb"acme|dns-01|create_txt|TXT record"  # a challenge that is published
    rb"|trading_pair|quote_asset|base_asset|erc20|token_address|token_symbol|blockchain|\bswap\b|stablecoin"
)
_WSGI = (b"webob", b"webtest", b"pecan")
_OWN_FILTER = re.compile(
    rb"class \w{0,40}(?:Redact|Mask|Secret|Sensitiv|Sanitiz|Scrub|Obfuscat)\w{0,40}"
    rb"\((?:\w{1,40}\.)?(?:Filter|Formatter)\b"
)
_FILTER = re.compile(
    rb"logscrub\.install\(|logscrub\.ScrubFilter|from logscrub import [^\n]{0,80}(?:install|ScrubFilter)"
)


def evidence_of(data: bytes) -> frozenset[str]:
    """Return the kinds of object that the source of a file is seen to fill with secrets.

    >>> sorted(evidence_of(b"uri = 'https://user:pass@host/v1'; uri.password"))
    ['address', 'login']
    """
    found = set()
    if (b"://" in data and b"@" in data and _CREDENTIALS_IN_ADDRESS.search(data)) or (
        any(word in data for word in _SPLITS) and _TAKEN_APART.search(data)
    ):
        found.add("address")
    lower = data.lower()
    if any(word in lower for word in _LOGINS):
        found.add("login")
    if _CURRENCY.search(data) is not None:
        found.add("currency")
    if any(word in data for word in _LOGIN):
        found.add("session-id")
    if any(word in data for word in _WSGI):
        found.add("http-request")
    return frozenset(found)


def has_own_filter(data: bytes) -> bool:
    """Tell whether a file defines a filter or formatter of its own that redacts.

    >>> has_own_filter(b"class SecretFilter(logging.Filter):")
    True
    """
    return (b"Filter)" in data or b"Formatter)" in data) and _OWN_FILTER.search(data) is not None


def has_filter(data: bytes) -> bool:
    """Tell whether a file installs logscrub's filter.

    >>> has_filter(b"import logscrub\\nlogscrub.install()"), has_filter(b"print('logscrub')")
    (True, False)
    """
    return b"logscrub" in data and _FILTER.search(data) is not None
