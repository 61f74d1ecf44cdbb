"""The ``seal`` action: values encrypted where they stood, and opened again by who has the key, on record.

A sealed value is ``[rule:sealed:KEYID:TOKEN]``, where the last two are letters from a to p, half a byte each. The token
is a nonce and the AES-SIV encryption (RFC 5297, with a key of 512 bits) of the value and the quotes its marker got,
padded (ISO/IEC 7816-4) to one of eight sizes. The rule's name is authenticated with it, so that a token opens under no
other name.

The nonce is random: equal values give different tokens, so that nobody sees who has the same password, or has changed
it. AES-SIV all the same, and not a cipher that a repeated nonce breaks: should a nonce come again, in a cloned machine
perhaps, that tells at most that two values are equal.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from logscrub.detect.markers import LONGEST as LONGEST_MARKER
from logscrub.detect.markers import SEALED
from logscrub.errors import ConfigError, SourceError
from logscrub.model import Match

SHORTEST_KEY = 32
LONGEST = 4000
"""Bytes of the longest value that is sealed: a private key of 4096 bits fits. A longer one gets a label."""

MAKE_KEY = "make one with: (umask 077; python -c 'import secrets; print(secrets.token_hex(32))' > seal.key)"

_VERSION = b"logscrub seal 1"
# Codes that PCI DSS 3.3.1 forbids to keep, encrypted or not; whether a PIN is a card's its name does not tell.
_NEVER = ("financial.cvv", "financial.track-data", "secret.pin")
_NONCE = 12
_SIZES = tuple(32 << power for power in range(8))
_LONGEST_QUOTE = 64
_LARGEST_KEY_FILE = 4096
_TO_LETTERS = bytes.maketrans(b"0123456789abcdef", b"abcdefghijklmnop")
_FROM_LETTERS = bytes.maketrans(b"abcdefghijklmnop", b"0123456789abcdef")

_MARKER = re.compile(rb"\[([a-z0-9\-]{1,48}):sealed:(?:([a-p]{8}):([a-p]{120,8248}+)\])?")
# What a text may end in that becomes a marker with what comes next.
_BEGUN = re.compile(rb"\[[a-z0-9:\-]*")
_WHOLE = re.compile(rb"\[[a-z0-9\-]{1,48}:" + SEALED + rb"\]")
# Markers in sealed values: a value is sealed again with what was found beside it, and then is half as long at most.
_DEEPEST = 8
_MOST_NAMES = 8


def may_seal(category: str) -> bool:
    """Tell whether values of a category may be sealed.

    Card verification codes, track data and PINs must not be kept, not even encrypted (PCI DSS 4.0.1, 3.3.1).

    >>> may_seal("secret.password"), may_seal("financial.cvv")
    (True, False)
    """
    return not category.startswith(_NEVER)


def check_key(key: bytes) -> None:
    """Refuse a key that is too short.

    Raises:
        ConfigError: it is.
    """
    if len(key) < SHORTEST_KEY:
        raise ConfigError(f"the seal key must have at least {SHORTEST_KEY} bytes; {MAKE_KEY}")


def read_key_file(path: str | os.PathLike[str]) -> bytes:
    """Read a key from a file that nobody but its owner can read; white space around it does not count.

    Raises:
        ConfigError: there is none, it is no regular file, or others may read it.
    """
    place = os.fspath(path)
    try:
        # Not blocking: a pipe nobody writes to would keep the service from starting.
        handle = os.open(place, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(handle, "rb") as stream:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise ConfigError(f"{place}: is not a regular file")
            if os.name != "nt" and status.st_mode & 0o077:
                raise ConfigError(f"{place}: others may read it: chmod 600 {place}")
            key = stream.read(_LARGEST_KEY_FILE + 1)
    except OSError as error:
        raise ConfigError(f"{place}: cannot be read: {error.strerror or error}") from None
    if len(key) > _LARGEST_KEY_FILE:
        raise ConfigError(f"{place}: is larger than {_LARGEST_KEY_FILE:,} bytes")
    return key.strip()


class Sealer:
    """Seals values under one key, and opens them. May be used from any number of threads.

    Args:
        key: at least 32 bytes; what is encrypted with is derived from it (HKDF-SHA-256, RFC 5869).

    Raises:
        ConfigError: the key is too short, or ``cryptography`` is not installed or has no AES-SIV.

    >>> from logscrub.model import Severity
    >>> sealer = Sealer(b"0123456789abcdef0123456789abcdef")
    >>> marker = sealer.of(Match("password", "secret.password", Severity.HIGH, 0, 7), b"hunter2")
    >>> marker[:26], len(marker)
    (b'[password:sealed:eddmhhll:', 147)
    >>> sealer.open("password", marker[26:-1])
    Opened(value=b'hunter2', quote=b'')
    >>> sealer.open("email", marker[26:-1]) is None
    True
    """

    def __init__(self, key: bytes) -> None:
        check_key(key)
        try:
            from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
            from cryptography.hazmat.primitives.ciphers.aead import AESSIV
        except ImportError:
            raise ConfigError("the action 'seal' needs an extra: pip install 'logscrub[seal]'") from None
        self._invalid = InvalidTag
        try:
            self._cipher = AESSIV(_derived(key, b"key", 64))
        except UnsupportedAlgorithm:
            raise ConfigError("the action 'seal' needs AES-SIV, which this OpenSSL does not have: 3.0 does") from None
        self.key_id = _derived(key, b"key id", 4).hex().encode().translate(_TO_LETTERS)
        """Eight letters that stand for the key and tell nothing of it."""

    def of(self, match: Match, raw: bytes) -> bytes | None:
        """Return a sealed value's marker, without quotes; ``None`` for kinds that are never kept, and what is too long.

        Args:
            match: the match.
            raw: the bytes of its span. What is sealed already stays as it is.
        """
        if raw.startswith(b"[") and _WHOLE.fullmatch(text := raw.rstrip(b"\n")):
            return text
        quotes = match.quote.encode("ascii")
        if not may_seal(match.category) or len(raw) > LONGEST or len(quotes) > _LONGEST_QUOTE:
            return None
        rule = match.rule.encode("ascii")
        plain = b"".join((bytes((len(quotes),)), quotes, raw, b"\x80"))
        plain = plain.ljust(next(size for size in _SIZES if size >= len(plain)), b"\0")
        nonce = os.urandom(_NONCE)
        token = nonce + self._cipher.encrypt(plain, [_VERSION, rule, nonce])
        letters = token.hex().encode("ascii").translate(_TO_LETTERS)
        return b"".join((b"[", rule, b":sealed:", self.key_id, b":", letters, b"]"))

    def open(self, rule: str, letters: bytes) -> Opened | None:
        """Return the value of a token; ``None`` if it was not sealed with this key under this rule, or was changed.

        Args:
            rule: id of the rule the marker names.
            letters: the token.
        """
        try:
            token = bytes.fromhex(letters.translate(_FROM_LETTERS).decode("ascii"))
            nonce, sealed = token[:_NONCE], token[_NONCE:]
            plain = self._cipher.decrypt(sealed, [_VERSION, rule.encode("ascii"), nonce])
        except (ValueError, self._invalid):
            return None
        end = plain.rindex(b"\x80")
        start = 1 + plain[0]
        return Opened(plain[start:end], plain[1:start])


class Opened(NamedTuple):
    """A value that was sealed, and the quotes its marker got beside its own."""

    value: bytes
    quote: bytes


class Put(NamedTuple):
    """One value that was put back: under which rule, by which key, and the digest of the marker it stood in."""

    rule: str
    key_id: str
    digest: str


class Unsealer:
    r"""Puts sealed values back into a text, as it comes.

    Args:
        keys: the keys to try.
        rules: open what was sealed under these rules only; all by default.

    Raises:
        ConfigError: as for :class:`Sealer`.

    >>> sealer = Sealer(b"0123456789abcdef0123456789abcdef")
    >>> unsealer = Unsealer([b"0123456789abcdef0123456789abcdef"])
    >>> from logscrub.model import Severity
    >>> text = b"password=" + sealer.of(Match("password", "secret.password", Severity.HIGH, 0, 7), b"hunter2")
    >>> unsealer.feed(text[:40]) + unsealer.feed(text[40:], final=True)
    b'password=hunter2'
    >>> unsealer.take()[0].rule, unsealer.unopened
    ('password', 0)
    """

    def __init__(self, keys: Iterable[bytes], rules: Iterable[str] = ()) -> None:
        self._sealers = {sealer.key_id: sealer for sealer in map(Sealer, keys)}
        self._rules = frozenset(rules)
        self._held = b""
        self._put: list[Put] = []
        self.opened: Counter[str] = Counter()
        """How many values were put back, by rule."""
        self.other_keys: Counter[str] = Counter()
        """How many were sealed with a key that was not given, by its id; those of very many keys under ``others``."""
        self.changed = 0
        """How many do not open though the key is right, or are cut off: changed, or moved under another rule's name."""

    @property
    def key_ids(self) -> list[str]:
        """The ids of the keys that were given."""
        return [key_id.decode("ascii") for key_id in self._sealers]

    @property
    def unopened(self) -> int:
        """How many sealed values stayed as they were."""
        return self.changed + sum(self.other_keys.values())

    def feed(self, chunk: bytes, *, final: bool = False) -> bytes:
        """Return the next part of the text with its values put back; a marker that is not whole yet is held back.

        Args:
            chunk: the next part of the text, of any length.
            final: nothing comes after it.
        """
        data = self._held + chunk
        out, rest = self._replace(data, final, 0)
        self._held = data[rest:]
        return out

    def take(self) -> list[Put]:
        """Return what was put back since this was last called."""
        put, self._put = self._put, []
        return put

    def _replace(self, data: bytes, final: bool, depth: int) -> tuple[bytes, int]:
        """Return the text with its values put back, and up to where that is decided."""
        out: list[bytes] = []
        position = 0
        limit = len(data) if final else _undecided(data)
        for marker in _MARKER.finditer(data):
            if marker.start() >= limit:
                break
            rule = marker[1].decode("ascii")
            if self._rules and rule not in self._rules:
                continue
            opened = self._open(rule, marker)
            if opened is None:
                continue
            value, quote = opened
            start, end = marker.span()
            before = start - len(quote)
            if quote and before >= position and data[before:start] == quote:
                closing = data[end : end + len(quote)]
                if not final and closing != quote and quote.startswith(closing):
                    limit = before  # the rest of the quote is still to come
                    break
                if closing == quote:
                    start, end = before, end + len(quote)
            # A value of several lines left its line breaks behind its marker.
            after = end + value.count(b"\n")
            while end < min(after, len(data)) and data[end] == 10:
                end += 1
            if not final and end < after and end == len(data):
                limit = start
                break
            if depth < _DEEPEST and b"[" in value:
                value, _ = self._replace(value, True, depth + 1)
            self._note(rule, marker)
            out += [data[position:start], value]
            position = end
        limit = max(limit, position)
        out.append(data[position:limit])
        return b"".join(out), limit

    def _open(self, rule: str, marker: re.Match[bytes]) -> Opened | None:
        if marker[2] is None:
            self.changed += 1
            return None
        sealer = self._sealers.get(marker[2])
        if sealer is None:
            name = marker[2].decode("ascii")
            known = name in self.other_keys or len(self.other_keys) < _MOST_NAMES
            self.other_keys[name if known else "others"] += 1
            return None
        opened = sealer.open(rule, marker[3])
        if opened is None:
            self.changed += 1
        return opened

    def _note(self, rule: str, marker: re.Match[bytes]) -> None:
        self.opened[rule] += 1
        self._put.append(Put(rule, marker[2].decode("ascii"), hashlib.sha256(marker[0]).hexdigest()))


def _undecided(data: bytes) -> int:
    """Return up to where what comes next cannot change what a text says."""
    limit = len(data)
    last = data.rfind(b"[", max(0, limit - LONGEST_MARKER))
    if last >= 0 and _BEGUN.fullmatch(data, last):
        limit = last
    # The quotes before a marker are its own perhaps.
    low = max(0, limit - _LONGEST_QUOTE)
    while limit > low and data[limit - 1] in b'"\\':
        limit -= 1
    return limit


def _derived(key: bytes, use: bytes, size: int) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=size, salt=None, info=_VERSION + b" " + use).derive(key)


class Audit:
    """The record of who opened what: JSON lines at the end of a file of this user's own.

    A run writes a line ``begin``, a line ``open`` for each few hundred values before they are shown, and a line
    ``end``; a run without the last was stopped. No line holds a value. Each is on the disk before the call returns.

    Args:
        path: the file; it is made if it is not there.
        reason: why values are opened.
        source: what the sealed text is called.
        keys: ids of the keys.

    Raises:
        ConfigError: there is no reason, or others may read or write the file.
        SourceError: it cannot be written.
    """

    _MOST = 500

    def __init__(self, path: str, *, reason: str, source: str, keys: Sequence[str]) -> None:
        if not reason.strip():
            raise ConfigError("a reason is needed: it goes into the audit file")
        import socket

        self._path = path
        self._about = {
            "run": os.urandom(8).hex(),
            **_user(),
            "host": socket.gethostname(),
            "reason": reason.strip()[:1000],
            "input": source,
            "keys": list(keys),
        }
        self._handle = self._open()

    def begin(self) -> None:
        """Note that values are going to be opened."""
        self._line("begin")

    def opened(self, put: Sequence[Put]) -> None:
        """Note values that are about to be shown."""
        for at in range(0, len(put), self._MOST):
            some = put[at : at + self._MOST]
            self._line(
                "open",
                by=sorted({one.key_id for one in some}),
                rules=dict(sorted(Counter(one.rule for one in some).items())),
                tokens=[one.digest for one in some],
            )

    def end(self, unsealer: Unsealer) -> None:
        """Note that all was read, and how much of it was opened."""
        self._line("end", rules=dict(sorted(unsealer.opened.items())), unopened=unsealer.unopened)

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)

    def same_file(self, path: str) -> bool:
        """Tell whether a path leads to the audit file."""
        try:
            return os.path.samestat(os.stat(path), os.fstat(self._handle))
        except OSError:
            return False

    def _open(self) -> int:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        try:
            handle = os.open(self._path, flags | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0), 0o600)
        except OSError as error:
            raise SourceError(f"{self._path}: cannot be written: {error.strerror or error}") from None
        status = os.fstat(handle)
        problem = ""
        if not stat.S_ISREG(status.st_mode):
            problem = "is not a regular file"
        elif os.name != "nt" and status.st_uid != os.geteuid():
            problem = "belongs to somebody else"
        elif os.name != "nt" and status.st_mode & 0o077:
            problem = f"others may read it: chmod 600 {self._path}"
        if problem:
            os.close(handle)
            raise ConfigError(f"{self._path}: {problem}")
        return handle

    def _line(self, event: str, **more: object) -> None:
        now = time.time()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03}Z"
        line = json.dumps({"time": stamp, "event": event, **self._about, **more}).encode("ascii") + b"\n"
        try:
            size = os.lseek(self._handle, 0, os.SEEK_END)
            if size:
                os.lseek(self._handle, size - 1, os.SEEK_SET)
                if os.read(self._handle, 1) != b"\n":  # a line that was cut off ends here
                    line = b"\n" + line
            while line:
                line = line[os.write(self._handle, line) :]
            os.fsync(self._handle)
        except OSError as error:
            raise SourceError(f"{self._path}: cannot be written: {error.strerror or error}") from None


def _user() -> dict[str, object]:
    """Who runs this: by the system's word, and not the environment's; with ``sudo``, who asked for it as well."""
    if os.name == "nt":
        import getpass

        return {"user": getpass.getuser()}
    import pwd

    uid = os.getuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = str(uid)  # a container may know no name
    who: dict[str, object] = {"user": name, "uid": uid}
    if "SUDO_USER" in os.environ:
        who["sudo_user"] = os.environ["SUDO_USER"]
    return who
