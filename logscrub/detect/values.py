"""Is the value beside a sensitive key the secret itself, or only a placeholder, a status or a word of prose?"""

from __future__ import annotations

import re
from collections.abc import Callable

from logscrub.detect.lazy import lazy
from logscrub.detect.validators import entropy_at_least

# What stands where a value was, or where one will be: masks, templates, format directives, our own markers.
_PLACEHOLDER = lazy(
    rb"""
    (?: [*\u2022.#xX_\-=?\ ]{1,200}            # a mask
      | <[^<>\n]{0,80}> | \(\w{0,40}\) | \[\ {0,9}\]
      | %\w{1,60}%
      | \$[({]{0,2}[\w.:\-]{0,80}[)}]{0,2} | \{\{.{0,80}\}\} | \{[\w.!:]{0,40}\}
      | %[({]?\w{0,40}[)}]?[sdrv]? | @\w{1,40}@
      | none | null | nil | undefined | true | false | n/?a | nan | empty | blank
      | redacted | hidden | masked | filtered | omitted | removed | scrubbed | secret_removed
      | not[ _-]?set | unset | not[ _-]?shown | \(?(?:null|none|empty|redacted|hidden)\)?
      | \[?<?(?:redacted|filtered|masked|hidden|removed|sensitive|scrubbed)[^\n]{0,60}
      | (?:SecretStr|SecretBytes|Secret)\(.{0,40}
    )
    """.replace(rb"\u2022", b"\xe2\x80\xa2"),
    re.VERBOSE | re.IGNORECASE,
)

# Words a program logs about a secret. Without quotes they are not its value.
_STATUS = frozenset(
    b"""yes no on off ok okay enabled disabled required optional unknown default invalid valid expired missing failed
    failure success successful changed reset updated created deleted removed present absent provided given ignored
    skipped denied accepted rejected incorrect wrong correct mismatch matched unchanged not is was has for from the
    a an and or of in to with must should may cannot can't does doesn't too string str bytes int integer bool boolean
    object dict list tuple array type error exception and/or field value used using unused auto never always
    any all new old same this that it your my please chauthtok""".split()
)
# Long, of letters and digits, both cases or hex: most tokens, recognised at once.
_PLAIN_TOKEN = lazy(
    rb"(?=[^0-9]*[0-9])(?=[^A-Z]*[A-Z])(?=[^a-z]*[a-z])[A-Za-z0-9_\-]{21,}+|(?=[^a-f]*[a-f])(?=[^0-9]*[0-9])[0-9a-f]{24,}+"
)
_NOT_RANDOM = lazy(
    rb"(?:0x[0-9a-fA-F]{1,16}"  # an address or a counter in hexadecimal
    rb"|[-+]?\d{1,9}(?:\.\d+)?[a-zA-Z%]{0,3}"  # a count, a size, a duration
    rb"|\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?"  # an address
    rb"|\d{4}-\d\d-\d\d.{0,30}"  # a date
    rb"|[a-z]{1,15}(?:[._\-/][a-z]{1,15}){0,8}"  # words, module and file names
    rb"|[A-Z]?[a-z]{1,20}(?:[A-Z][a-z]{1,20}){0,6}(?:\(\)?)?"  # a class or function name
    rb"|[A-Z]{1,20}(?:_[A-Z]{1,20}){0,6}"  # a constant
    rb"|(?:[\w$]{1,40}\.){1,10}[\w$]{1,60}(?:@[0-9a-f]{1,16}|\(.{0,40}|/\d{1,9})?"  # a dotted name, an object
    rb"|(?:[A-Za-z]:[\\/]|\.{0,2}/)[^\s]{0,300}"  # a path
    rb"|[a-z][a-z0-9+.\-]{1,15}://.{0,300}"  # an address on the web; what is secret in it has rules of its own
    rb"|[A-Za-z_][\w.$]{0,60}[\[{(@].{0,200}"  # an object
    rb"|<.{0,200}|\{.{0,200}|\[.{0,200}|\(.{0,200})"
)
_QUOTED_NOT_RANDOM = lazy(
    rb"(?:[-+]?\d{1,5}(?:\.\d+)?|0x[0-9a-fA-F]{1,16}|(?:[A-Za-z]:[\\/]|\.{0,2}/)[^\s]{0,300}|[a-z][a-z0-9+.\-]{1,15}://.{0,300}"
    rb"|[a-z]{3,20}(?:[ ][a-z]{1,20}){2,20})"
)
# PWD=/srv/app is where sudo was called.
_PATH = lazy(rb"~?(?:/[\w.+@\-]{1,80}){1,12}/?|/|~")
_LONG = 256
# Letters and digits in one piece: no placeholder and no name is longer than this.
_LONGEST_WORD = 20


def is_placeholder(value: bytes) -> bool:
    """Tell whether a value only stands for one.

    Args:
        value: the value without its quotes.

    >>> is_placeholder(b"****"), is_placeholder(b"${DB_PASSWORD}"), is_placeholder(b"changeme")
    (True, True, False)
    """
    if len(value) > _LONGEST_WORD and value.isalnum():
        return len(set(value)) == 1
    return (
        b"***" in value  # partly masked
        or not value.strip()
        or (len(value) <= _LONG and _PLACEHOLDER.fullmatch(value.strip()) is not None)
    )


def _any(value: bytes, quoted: bool) -> bool:
    if is_placeholder(value):
        return False
    return quoted or (value.lower().rstrip(b".,:!") not in _STATUS and _PATH.fullmatch(value[:_LONG]) is None)


def _token(value: bytes, quoted: bool) -> bool:
    """Random-looking, or in quotes and not plainly something else."""
    if _PLAIN_TOKEN.fullmatch(value) is not None:
        return True
    if not _any(value, quoted):
        return False
    if quoted:
        return len(value) >= 3 and _QUOTED_NOT_RANDOM.fullmatch(value[:_LONG]) is None
    if len(value) < 6 or _NOT_RANDOM.fullmatch(value[:_LONG]) is not None:
        # Letters alone may still be a token when there are many and they do not read like words.
        return len(value) >= 20 and value.isalpha() and entropy_at_least(value[:_LONG], 3.6)
    return True


def _random(value: bytes, quoted: bool) -> bool:
    """What a token looks like to someone who does not know its name: long, mixed, uneven."""
    return (
        len(value) >= 12
        and _token(value, quoted)
        and _TOKEN_BYTES.fullmatch(value) is not None
        and any(48 <= byte <= 57 for byte in value)
        and any(byte >= 65 for byte in value)
        and entropy_at_least(value[:_LONG], 3.0)
    )


_TOKEN_BYTES = lazy(rb"[\w+/=.~%\- ]+")
_DIGITS = lazy(rb"\d{3,12}")
_NUMBER = lazy(rb"[A-Z0-9][A-Z0-9 .\-/]{3,40}", re.IGNORECASE)
_DATE = lazy(rb"\d{1,4}[-/. ](?:\d{1,2}|[A-Za-z]{3,9})[-/. ]\d{1,4}(?:[T ].{0,30})?|\d{8}|\d{1,2}[/-]\d{2,4}")
_COORDINATE = lazy(rb"[-+]?\d{1,3}\.\d{2,20}")


def _digits(value: bytes, quoted: bool) -> bool:
    return _DIGITS.fullmatch(value) is not None


def _number(value: bytes, quoted: bool) -> bool:
    """An identity or account number: letters and digits, with at least four digits."""
    digits = sum(48 <= byte <= 57 for byte in value)
    return digits >= 4 and not is_placeholder(value) and _NUMBER.fullmatch(value) is not None


def _text(value: bytes, quoted: bool) -> bool:
    """A name or an address: letters at least, not a status word."""
    return (
        len(value) >= 2
        and any(byte >= 65 for byte in value)
        and not is_placeholder(value)
        and value.lower() not in _STATUS
        and not value.startswith((b"/", b"http://", b"https://"))
    )


def _date(value: bytes, quoted: bool) -> bool:
    return _DATE.fullmatch(value) is not None


def _coordinate(value: bytes, quoted: bool) -> bool:
    return _COORDINATE.fullmatch(value) is not None


VALUE_KINDS: dict[str, Callable[[bytes, bool], bool]] = {
    "any": _any,
    "token": _token,
    "random": _random,
    "digits": _digits,
    "number": _number,
    "text": _text,
    "date": _date,
    "coordinate": _coordinate,
    "header": _token,
    "cookie": _any,
}
"""How a value is judged, by the name a field's ``value`` key gives: from its bytes and whether it was quoted."""
