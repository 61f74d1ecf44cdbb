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
      | [^\w{}]{0,3}(?:\{[\w.!]{0,40}\}[^\w{}]{0,3}){1,6} | (?:%[sdr][^\w%]{1,3}){1,6}%[sdr]
      | \$\{[\w.]{1,80}[:\-=?+][^{}\n]{0,80}\}? | \$\([a-z][^\n]{0,200} | \#\{[^{}\n]{0,80}\}?
      | ['"]{1,2}\$\{?[A-Za-z_]\w{0,60}\}?['"]{0,2} | ['"]?\.?\ ?\\{0,4}\$[A-Za-z_]\w{0,60}(?:\[|->|\ ?\.)[^\n]{0,80}
      | \$[A-Z][A-Z0-9_]{3,60}/[^\s]{0,80}
      | &lt;[\w.:\-\ ]{1,80}(?:&gt;?)?
      | %[({]?\w{0,40}[)}]?[sdrv]? | @\w{1,40}@
      | none | null | nil | undefined | true | false | n/?a | nan | empty | blank
      | [_*\-=~.]{0,4}(?:redacted|hidden|masked|filtered|omitted|removed|scrubbed|secret_removed)[_*\-=~.]{0,4}
      | not[ _-]?set | unset | not[ _-]?shown | \(?(?:null|none|empty|redacted|hidden)\)?
      | \[?<?(?:redacted|filtered|masked|hidden|removed|sensitive|scrubbed)[^\n]{0,60}
      | (?:SecretStr|SecretBytes|Secret)\(.{0,40}
    )
    """.replace(rb"\u2022", b"\xe2\x80\xa2"),
    re.VERBOSE | re.IGNORECASE,
)

# What begins like a placeholder and goes on like a password: letters of both cases between digits, or behind a mask.
_GOES_ON = lazy(
    rb"\$(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])[A-Za-z]{1,40}\d{1,20}[A-Za-z]{1,40}\d[\w.:\-]{0,40}"
    rb"|\*{1,8}(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])(?=[^0-9]*[0-9])[^\s*]{7,80}"
)
# How those begin that begin with a letter.
_PLACEHOLDER_WORDS = frozenset(
    b"""non nul nil und tru fal n/a na nan emp bla red hid mas fil omi rem scr sec not uns sen""".split()
)

# Words a program logs about a secret. Without quotes they are not its value.
_STATUS = frozenset(
    b"""yes no on off ok okay enabled disabled required optional unknown default invalid valid expired missing failed
    failure success successful changed reset updated created deleted removed present absent provided given ignored
    skipped denied accepted rejected incorrect wrong correct mismatch matched unchanged not is was has for from the
    a an and or of in to with must should may cannot can't does doesn't too string str bytes int integer bool boolean
    object dict list tuple array type error exception and/or field value used using unused auto never always
    any all new old same this that it your my please chauthtok secretstr secretbytes""".split()
)
# Long, of letters and digits, both cases or hex: most tokens, recognised at once.
_PLAIN_TOKEN = lazy(
    rb"(?=[^0-9]*[0-9])(?=[^A-Z]*[A-Z])(?=[^a-z]*[a-z])[A-Za-z0-9_\-]{21,}+|(?=[^a-f]*[a-f])(?=[^0-9]*[0-9])[0-9a-f]{24,}+"
)
_PLAIN_PART = lazy(rb"(?=(?:[^0-9]*[0-9]){4})(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9_\-]{20,}+")
_NOT_RANDOM = lazy(
    rb"(?:0x[0-9a-fA-F]{1,16}"  # an address or a counter in hexadecimal
    rb"|[-+]?\d{1,9}(?:\.\d+)?[a-zA-Z%]{0,3}"  # a count, a size, a duration
    rb"|\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?"  # an address
    rb"|\d{4}-\d\d-\d\d.{0,30}"  # a date
    rb"|[a-z]{1,15}(?:[._\-/][a-z]{1,15}){0,8}"  # words, module and file names
    rb"|[A-Z]?[a-z]{1,20}(?:[A-Z][a-z]{1,20}){0,6}(?:\(\)?)?"  # a class or function name
    rb"|_?(?:[A-Z]{2,6}\d{0,2})?(?:[A-Z][a-z]{2,20}){2,6}"  # one with an acronym
    rb"|[A-Z]{1,20}(?:_[A-Z]{1,20}){0,6}"  # a constant
    rb"|\d{1,6}(?:_[a-z]{1,20}){2,12}"  # a numbered step
    rb"|(?:[\w$]{1,40}\.){1,10}[\w$]{1,60}(?:@[0-9a-f]{1,16}|\(.{0,40}|/\d{1,9})?"  # a dotted name, an object
    rb"|(?:[A-Za-z]:[\\/]|\.{0,2}/)[^\s]{0,300}"  # a path
    rb"|[a-z][a-z0-9+.\-]{1,15}://.{0,300}"  # an address on the web; what is secret in it has rules of its own
    rb"|[A-Za-z_][\w.$]{0,60}[\[{(@].{0,200}"  # an object
    rb"|<.{0,200}|\{.{0,200}|\[.{0,200}|\(.{0,200})"
)
_QUOTED_NOT_RANDOM = lazy(
    rb"(?:[-+]?\d{1,5}(?:\.\d+)?|0x[0-9a-fA-F]{1,16}|(?:[A-Za-z]:[\\/]|\.{0,2}/)[^\s]{0,300}|[a-z][a-z0-9+.\-]{1,15}://.{0,300}"
    rb"|[A-Za-z]{3,20}(?:[ ][A-Za-z]{1,20}){2,20}[.!]?|include|same-origin|omit"
    rb"|[\w.\-/\\ ]{1,120}\.(?i:pem|key|crt|cer|der|jks|p12|pfx|pub|gpg|asc|keytab|json|ya?ml"
    rb"|conf|cfg|ini|toml|txt|xml|env))"
)
_WORDS = lazy(rb"[a-z]{1,20}(?:[_\-][a-z]{1,20}){1,8}")
# PWD=/srv/app is where sudo was called.
_PATH = lazy(rb"~?(?:/[\w.+@\-]{1,80}){1,12}/?|/|~")
# Names of things that hold no secret of their own: ``arn:aws:…``, ``passwords#update``.
_NAMES_SOMETHING = lazy(
    rb"arn:aws[\w\-]{0,12}:[^\s]{0,250}|[a-z_/]{0,40}(?:password|session|token|secret|key)s?#[a-z_]{2,40}"
    rb"|(?:[A-Za-z_]\w{0,60}\.){1,8}[A-Za-z_]\w{0,60}:[A-Za-z_]\w{0,60}"
)
# What documentation and templates put where a token will stand; nobody's random token spells it out.
_DUMMY = lazy(
    rb"example|placeholder|change[_-]?me|replace[_-]?(?:me|with|this)|insert[_-]?(?:your|here)|(?<![a-z0-9])your[_\- ]"
    rb"|dummy|redacted|goes[_\- ]here|x{8}|\.{4}"
    rb"|\A(?:[0-9+/=_.\-]{0,16}abcdefghijklmnopqrstuvwxyz){1,3}[0-9+/=_.\-]{0,16}\Z",
    re.IGNORECASE,
)
# A sentence: words, numbers, marks. What makes it one is its full stop, or a word that a passphrase seldom has.
_SENTENCE = lazy(rb"[A-Z][A-Za-z']{0,30}(?:[,;:]?[ ](?:\(?[a-z][a-z'\-]{0,30}\)?|\d{1,4}|[A-Z][a-z]{1,20})){1,40}[.!]?")
_TELLS = lazy(
    rb"(?i)\b(?:must|should|may|cannot|can't|is|are|be|not|required|invalid|valid|least|ensure|enter|please)\b"
)
_TEXTS = lazy(rb"\\{0,7}\"[^\"\\]{0,400}\\{0,7}\"|\\{0,7}'[^'\\]{0,400}\\{0,7}'")
_AROUND = lazy(rb"[A-Za-z_\s,=()\[\]]*")
_IDENTIFIER = lazy(rb"[a-z_]{1,40}")
_LONG = 256
# Letters and digits in one piece: no placeholder and no name is longer than this.
_LONGEST_WORD = 20
# An opaque value is no shorter than this.
_OPAQUE = 16


def is_placeholder(value: bytes) -> bool:
    """Tell whether a value only stands for one.

    Args:
        value: the value without its quotes.

    >>> is_placeholder(b"****"), is_placeholder(b"${DB_PASSWORD}"), is_placeholder(b"changeme")
    (True, True, False)
    """
    if len(value) > _LONGEST_WORD and value.isalnum():
        return len(set(value)) == 1
    if value[:1].isalpha() and value[:3].lower() not in _PLACEHOLDER_WORDS and value[:1] not in b"xX":
        return b"***" in value
    if value[:1] in (b"$", b"*") and _GOES_ON.fullmatch(value) is not None:
        return False
    return (
        b"***" in value  # partly masked
        or (len(value) <= 2 and value.isascii() and not any(chr(byte).isalnum() for byte in value))
        or not value.strip()
        or (len(value) <= _LONG and _PLACEHOLDER.fullmatch(value.strip()) is not None)
    )


def is_sentence(value: bytes) -> bool:
    """Tell whether a text tells something about a value, as validation does.

    >>> is_sentence(b"This field is required."), is_sentence(b"Correct horse battery staple")
    (True, False)
    """
    return (
        len(value) <= _LONG
        and _SENTENCE.fullmatch(value) is not None
        and (value.endswith(b".") or _TELLS.search(value) is not None)
    )


def is_told(value: bytes) -> bool:
    """Tell whether a list has sentences in it, and nothing else but code around them.

    >>> is_told(b'["Too short.", "Enter a valid password."]'), is_told(b"[Error(string='Required field.', code='x')]")
    (True, True)
    >>> is_told(b'["hunter2"]')
    False
    """
    texts = [one.strip(b"\\\"'") for one in _TEXTS.findall(value)]
    told = [is_sentence(text) for text in texts]
    return (
        any(told)
        and all(one or _IDENTIFIER.fullmatch(text) is not None for one, text in zip(told, texts, strict=True))
        and _AROUND.fullmatch(_TEXTS.sub(b"", value)) is not None
    )


def _is_dummy(value: bytes) -> bool:
    """Tell whether a token only shows what a real one looks like; a password is not judged by this."""
    if len(value) > _LONG:
        return False
    lower = value.lower()
    # Looking for the words first, one by one, is many times faster than the expression alone.
    if (
        b"example" in lower or b"placeholder" in lower or b"change" in lower or b"replace" in lower
        or b"insert" in lower or b"your" in lower or b"dummy" in lower or b"redacted" in lower or b"goes" in lower
        or b"xxxxxxxx" in lower or b"...." in lower or b"abcdefghijklmnop" in lower
    ) and _DUMMY.search(value) is not None:  # fmt: skip
        return True
    # One character, nearly throughout.
    characters = set(value)
    return (
        len(value) >= _OPAQUE
        and len(characters) * 7 <= len(value) + 7
        and max(map(value.count, characters)) * 7 >= len(value) * 6
    )


def _any(value: bytes, quoted: bool) -> bool:
    if is_placeholder(value):
        return False
    if (b":" in value or b"#" in value) and _NAMES_SOMETHING.fullmatch(value[:_LONG]) is not None:
        return False
    return quoted or (value.lower().rstrip(b".,:!") not in _STATUS and not is_path(value))


def _token(value: bytes, quoted: bool) -> bool:
    """Random-looking, or in quotes and not plainly something else."""
    if _is_dummy(value):
        return False
    if _PLAIN_TOKEN.fullmatch(value) is not None:
        return True
    if not _any(value, quoted):
        return False
    if quoted:
        return len(value) >= 3 and _QUOTED_NOT_RANDOM.fullmatch(value[:_LONG]) is None
    if len(value) < 6 or _NOT_RANDOM.fullmatch(value[:_LONG]) is not None:
        # Letters alone may still be a token when there are many and they do not read like words; so may what looks like
        # a dotted name when a part of it is no word.
        if value.isalpha():
            return len(value) >= 20 and entropy_at_least(value[:_LONG], 3.6)
        return b"." in value and any(_PLAIN_PART.fullmatch(part) is not None for part in value[:_LONG].split(b"."))
    return True


def _session(value: bytes, quoted: bool) -> bool:
    """A token with a letter: a number alone counts calls, flows and processes."""
    return not value.isdigit() and _token(value, quoted)


def _cookie(value: bytes, quoted: bool) -> bool:
    """Anything but an address or a path; without quotes it has a name, or is a token."""
    if not quoted and b"=" not in value:
        return _token(value, False)
    return _any(value, quoted) and not value.startswith((b"/", b"\\\\", b"http://", b"https://"))


def is_path(value: bytes) -> bool:
    """Tell whether a value is a path of plain names.

    >>> is_path(b"/srv/app"), is_path(b"/K9x!hunter")
    (True, False)
    """
    return value[:1] in (b"/", b"~") and _PATH.fullmatch(value[:_LONG]) is not None


def _key(value: bytes, quoted: bool) -> bool:
    """A token, and not words: keys and tokens are made by machines."""
    return _token(value, quoted) and _WORDS.fullmatch(value[:_LONG]) is None


def _assigned(value: bytes, quoted: bool) -> bool:
    """What an environment-style name is set to: a word will do, a number, a path or an address will not."""
    return (
        len(value) >= 4
        and _any(value, quoted)
        and (_NOT_RANDOM.fullmatch(value[:_LONG]) is None or _WORD.fullmatch(value) is not None)
    )


_WORD = lazy(rb"[A-Za-z_\-]+")


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


def _opaque(value: bytes, quoted: bool) -> bool:
    """Random beyond doubt, whatever its name is: a long piece of mixed letters and digits; no UUID."""
    if len(value) < _OPAQUE or len(value) > _LONG or _UUID.fullmatch(value) is not None or not _token(value, False):
        return False
    if any(_WORD_OR_NUMBER.fullmatch(part) is not None for part in value.split(b"/")):
        return False  # a path
    piece = max(_PIECE.findall(value), key=len, default=b"")
    digits = sum(48 <= byte <= 57 for byte in piece)
    return (
        len(piece) >= _OPAQUE
        and 2 <= digits < len(piece) - 1
        and digits * 12 >= len(piece)
        and entropy_at_least(piece, 3.0)
    )


_UUID = lazy(rb"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_WORD_OR_NUMBER = lazy(rb"[a-z]{3,}|\d{2,}")
_PIECE = lazy(rb"[A-Za-z0-9+/=~]+")
_TOKEN_BYTES = lazy(rb"[\w+/=.~%\- ]+")
_DIGITS = lazy(rb"\d{3,12}")
_NUMBER = lazy(rb"[A-Z0-9][A-Z0-9 .\-/]{3,40}", re.IGNORECASE)
_DATE = lazy(
    rb"\d{1,4}[-/. ](?:\d{1,2}|[A-Za-z]{3,9})[-/. ]\d{1,4}(?:[T ].{0,30})?|\d{8}|\d{1,2}[/-]\d{2,4}"
    rb"|\d{1,2}\.?[ ](?:de[ ])?[A-Za-z\x80-\xff]{3,24}\.?,?[ ](?:de[ ])?\d{4}"
    rb"|[A-Z][a-z]{2,8}\.?[ ]\d{1,2}(?:st|nd|rd|th)?,?[ ]\d{4}"
    rb"|\d{4}(?:\xe5\xb9\xb4|\xeb\x85\x84)[ ]?\d{1,2}(?:\xe6\x9c\x88|\xec\x9b\x94)[ ]?"
    rb"\d{1,2}(?:\xe6\x97\xa5|\xec\x9d\xbc)"
    rb"|datetime\.date(?:time)?\(\d{4}[^()\n]{0,90}\)"
)
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
    "key": _key,
    "session": _session,
    "assigned": _assigned,
    "random": _random,
    "opaque": _opaque,
    "digits": _digits,
    "number": _number,
    "text": _text,
    "date": _date,
    "coordinate": _coordinate,
    "header": _token,
    "cookie": _cookie,
}
"""How a value is judged, by the name a field's ``value`` key gives: from its bytes and whether it was quoted."""
