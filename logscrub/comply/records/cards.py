"""Card numbers that are truncated or hashed: how much is shown, and what two forms of one number tell together.

A truncated number hides six digits at most where it is truncated as it may be, and Luhn's digit leaves 100,000 numbers
for those. A hash without a key is therefore undone by the truncated form of the same number: this is tried here, and
where it succeeds it is proven. Whole numbers and digests live as long as the pass does, and are nowhere in its result.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from time import perf_counter
from typing import NamedTuple

from logscrub.comply.records.census import Progress
from logscrub.comply.records.model import CardFacts, CardHash, Conflict, ConflictKind, Keyed, Mask
from logscrub.comply.records.reading import Reading, Seen
from logscrub.detect import Detector
from logscrub.model import Severity
from logscrub.policy import Policy
from logscrub.sources import Limits

_SELECT = ("compliance.card-mask", "compliance.card-hash", "payment-card", "payment-card-keyed")
_ALGORITHMS = {16: "md5", 20: "sha1", 28: "sha224", 32: "sha256", 48: "sha384", 64: "sha512"}
_MOST_KEPT = 10_000
"""Distinct truncated numbers, digests and clear numbers, of each."""
_MOST_TRIED = 20
"""Truncated numbers that are tried against digests."""
_MOST_HIDDEN = 6
_MOST_PAIRS = 200_000
_MOST_CONFLICTS = 100
_MOST_PLACES = 3
_LIKELY = 8
"""Digits two truncated numbers share at least, to be told that they could be one card."""
_MASKED = re.compile(rb"([0-9]*)((?:[*xX#]|\xe2\x80\xa2)+|\xe2\x80\xa6|[.]{3})([0-9]*)\Z")
_SAFE_LEADING, _SAFE_TRAILING, _LONG_LEADING, _LONG = 6, 4, 8, 16
_EVERY = 4096


class _Number(NamedTuple):
    """A truncated number."""

    head: bytes
    hidden: int | None
    tail: bytes

    @property
    def size(self) -> int | None:
        """Digits of the whole number, if it tells."""
        return None if self.hidden is None else len(self.head) + self.hidden + len(self.tail)

    @property
    def wide(self) -> bool:
        """Whether it shows more than it may."""
        return _is_wide(len(self.head), len(self.tail), self.size)

    def shown(self) -> str:
        """Return what may be shown of it."""
        tail = self.tail[-_SAFE_TRAILING:]
        return f"{self.head[:_SAFE_LEADING].decode()}…{tail.decode()}"

    def fits(self, whole: bytes) -> bool:
        """Tell whether a whole number is written so."""
        return (
            (self.size is None or self.size == len(whole))
            and len(self.head) + len(self.tail) < len(whole)
            and whole.startswith(self.head)
            and whole.endswith(self.tail)
        )


@dataclass(slots=True)
class _Met:
    """How often something was met, and where."""

    count: int = 0
    places: list[str] = field(default_factory=list)
    beside: set[_Number] = field(default_factory=set, repr=False)  # truncated numbers in the same record

    def note(self, place: str) -> None:
        self.count += 1
        if len(self.places) < _MOST_PLACES and place not in self.places:
            self.places.append(place)


class _Digest(NamedTuple):
    raw: bytes
    form: str


def cards(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    policy: Policy | None = None,
    *,
    limits: Limits | None = None,
    storage_options: Sequence[str] = (),
    seconds: float = 20.0,
    progress: Progress | None = None,
) -> CardFacts:
    """Look at card numbers that are truncated or hashed.

    Args:
        paths, limits, storage_options, progress: as for :func:`logscrub.comply.records.census`.
        policy: whose packs and time limit hold. What is looked for is fixed.
        seconds: how long numbers are tried against hashes at most.

    Nothing of what is returned holds more of a number than its first six and last four digits, or any of a digest.

    >>> cards([]).masks
    ()
    """
    policy = replace(policy or Policy(), select=_SELECT, ignore=(), min_severity=Severity.INFO)
    detector = Detector(policy.rules(), time_limit=policy.time_limit, known=None)
    reading = Reading(paths, detector, limits, storage_options, progress)
    found = _Found()
    for seen in reading:
        found.note(seen)
    proof = _Proof(found, seconds)
    try:
        proof.run()
    except KeyboardInterrupt:
        reading.stopped = True
    conflicts = [*proof.conflicts(), *found.conflicts(proof.known)]
    conflicts.sort(key=lambda one: (not one.certain, one.kind, one.shown))
    if len(conflicts) > _MOST_CONFLICTS:
        proof.limits.append(f"{len(conflicts) - _MOST_CONFLICTS} more conflicts are left out")
    return CardFacts(
        masks=found.masks(),
        hashes=proof.hashes(),
        conflicts=tuple(conflicts[:_MOST_CONFLICTS]),
        clear=len(found.clear),
        tried=proof.tried,
        limits=(*found.limits(), *proof.limits),
        unread=tuple(reading.unread),
        stopped=reading.stopped,
    )


class _Found:
    """What the logs hold. It holds raw values and is never returned."""

    def __init__(self) -> None:
        self.numbers: dict[_Number, _Met] = {}
        self.digests: dict[_Digest, _Met] = {}
        self.clear: dict[bytes, _Met] = {}
        self._left_out: set[str] = set()
        self._pairs_left = _MOST_PAIRS

    def note(self, seen: Seen) -> None:
        """Take down a record."""
        place = f"{seen.path}:{seen.line}"
        numbers: list[_Number] = []
        met: list[_Met] = []
        for match, value in seen.values:
            if match.category == "compliance.card-mask":
                number = _number(value)
                if number is not None and (one := self._kept(self.numbers, number, "truncated numbers")):
                    one.note(place)
                    numbers.append(number)
            elif match.category == "compliance.card-hash":
                digest = _digest(value)
                if digest is not None and (one := self._kept(self.digests, digest, "hashes")):
                    one.note(place)
                    met.append(one)
            else:
                digits = bytes(byte for byte in value if 0x30 <= byte <= 0x39)
                if one := self._kept(self.clear, digits, "clear numbers"):
                    one.note(place)
        for one in met:
            if len(one.beside) < _MOST_PLACES:
                one.beside.update(numbers[:_MOST_PLACES])

    def _kept(self, known: dict, key: object, what: str) -> _Met | None:  # type: ignore[type-arg]
        one: _Met | None = known.get(key)
        if one is None:
            if len(known) >= _MOST_KEPT:
                self._left_out.add(what)
                return None
            one = known[key] = _Met()
        return one

    def limits(self) -> list[str]:
        """Say what was not kept or compared."""
        said = [f"more than {_MOST_KEPT} {what}: the others are left out" for what in sorted(self._left_out)]
        if self._pairs_left < 0:
            said.append(f"more than {_MOST_PAIRS} pairs of truncated numbers: the others were not compared")
        return said

    def masks(self) -> tuple[Mask, ...]:
        """Return the ways in which numbers are truncated."""
        ways: dict[tuple[int, int, int | None], list[_Number]] = defaultdict(list)
        for number in self.numbers:
            ways[len(number.head), len(number.tail), number.hidden].append(number)
        made = [
            Mask(
                shown=numbers[0].shown(),
                leading=leading,
                trailing=trailing,
                hidden=hidden,
                wide=numbers[0].wide,
                distinct=len(numbers),
                count=sum(self.numbers[one].count for one in numbers),
                places=tuple(place for one in numbers for place in self.numbers[one].places)[:_MOST_PLACES],
            )
            for (leading, trailing, hidden), numbers in ways.items()
        ]
        return tuple(sorted(made, key=lambda one: (not one.wide, -one.count, -one.leading, -one.trailing)))

    def conflicts(self, wholes: Iterable[bytes]) -> Iterator[Conflict]:
        """Yield pairs of forms that show more together than each alone; those a whole number fits are certain.

        Args:
            wholes: numbers that are known: they stand there in clear, or a hash was undone.
        """
        known = sorted(set(wholes))
        buckets: dict[bytes, list[_Number]] = defaultdict(list)
        for number in self.numbers:
            buckets[number.head[:4]].append(number)
        for bucket in buckets.values():
            for at, one in enumerate(bucket):
                for other in bucket[at + 1 :]:
                    self._pairs_left -= 1
                    if self._pairs_left < 0:
                        return
                    if not _tells_more(one, other):
                        continue
                    certain = any(one.fits(whole) and other.fits(whole) for whole in known)
                    if not certain and _shared(one, other) < _LIKELY:
                        continue
                    size = one.size or other.size
                    leading, trailing = max(len(one.head), len(other.head)), max(len(one.tail), len(other.tail))
                    much = ", more than may be" if _is_wide(leading, trailing, size) else ""
                    reason = "a number that is known fits both" if certain else "all digits that both show are the same"
                    yield Conflict(
                        ConflictKind.MASKS,
                        certain,
                        tuple(f"{n.shown()} ({len(n.head)} and {len(n.tail)} digits)" for n in (one, other)),
                        f"{reason}; together they show the first {leading} and the last {trailing} digits{much}",
                        (self.numbers[one].places[0], self.numbers[other].places[0]),
                    )


class _Proof:
    """Tries numbers against digests."""

    def __init__(self, found: _Found, seconds: float) -> None:
        self._found = found
        self._seconds = seconds
        self._by_size: dict[int, dict[bytes, _Digest]] = defaultdict(dict)
        for digest in found.digests:
            self._by_size[len(digest.raw)][digest.raw] = digest
        self._undone: dict[_Digest, tuple[bytes, _Number | None]] = {}
        self.known: set[bytes] = set(found.clear)
        self.tried = 0
        self.limits: list[str] = []

    def run(self) -> None:
        """Try the numbers that stand there in clear, then those that truncated ones leave."""
        if not self._by_size:
            return
        end = perf_counter() + self._seconds
        self._try(iter(self._found.clear), None, end)
        beside = {number for met in self._found.digests.values() for number in met.beside}
        near = [one for one in self._found.numbers if _left_open(one) <= _MOST_HIDDEN]
        near.sort(key=lambda one: (one not in beside, _left_open(one), -self._found.numbers[one].count))
        skipped = len(self._found.numbers) - len(near)
        if skipped:
            self.limits.append(f"{skipped} truncated numbers hide more than {_MOST_HIDDEN} digits: not tried")
        for done, number in enumerate(near):
            if done >= _MOST_TRIED or not self._try(_wholes(number), number, end):
                self.limits.append(f"{len(near) - done} truncated numbers were not tried against hashes, or not wholly")
                return

    def _try(self, wholes: Iterator[bytes], number: _Number | None, end: float) -> bool:
        """Return whether there was time for all."""
        makers = [(getattr(hashlib, _ALGORITHMS[size]), known) for size, known in self._by_size.items()]
        for count, whole in enumerate(wholes, 1):
            self.tried += 1
            for make, known in makers:
                digest = known.get(make(whole, usedforsecurity=False).digest())
                if digest is not None and digest not in self._undone:
                    self._undone[digest] = whole, number
                    self.known.add(whole)
            if count % _EVERY == 0 and perf_counter() > end:
                return False
        return True

    def hashes(self) -> tuple[CardHash, ...]:
        """Return the kinds of digests, those that were undone first."""
        kinds: dict[tuple[bool, str], list[_Digest]] = defaultdict(list)
        for digest in self._found.digests:
            proven = digest in self._undone
            kinds[proven, _ALGORITHMS[len(digest.raw)] if proven else digest.form].append(digest)
        made = []
        for (proven, shown), digests in sorted(kinds.items(), key=lambda one: (not one[0][0], one[0][1])):
            how = ""
            if proven:
                _, number = self._undone[digests[0]]
                how = "made of a number that " + (
                    f"is written as {number.shown()} elsewhere" if number is not None else "stands there in clear"
                )
            met = [self._found.digests[one] for one in digests]
            made.append(
                CardHash(
                    shown=shown,
                    keyed=Keyed.NO if proven else Keyed.UNKNOWN,
                    how=how,
                    distinct=len(digests),
                    count=sum(one.count for one in met),
                    places=tuple(place for one in met for place in one.places)[:_MOST_PLACES],
                )
            )
        return tuple(made)

    def conflicts(self) -> Iterator[Conflict]:
        """Yield truncated or clear numbers that are there as a digest as well, or may be."""
        for digest, met in self._found.digests.items():
            place = met.places[0]
            if digest in self._undone:
                whole, number = self._undone[digest]
                name = _ALGORITHMS[len(digest.raw)]
                if number is None:
                    yield Conflict(
                        ConflictKind.CLEAR_AND_HASH,
                        True,
                        (_Number(whole[:6], None, whole[-4:]).shown(), name),
                        f"{name} of the number, without a key, is the hash",
                        (self._found.clear[whole].places[0], place),
                    )
                    number = next((one for one in self._found.numbers if one.fits(whole)), None)
                if number is not None:
                    yield Conflict(
                        ConflictKind.MASK_AND_HASH,
                        True,
                        (number.shown(), name),
                        f"one of the {10 ** (_MOST_HIDDEN - 1):,} numbers at most that are written so has this hash,"
                        " which has no key: who has both has the number"
                        if _left_open(number) <= _MOST_HIDDEN
                        else "the number that has this hash, which has no key, is written so",
                        (self._found.numbers[number].places[0], place),
                    )
            elif met.beside:
                number = min(met.beside)
                yield Conflict(
                    ConflictKind.MASK_AND_HASH,
                    False,
                    (number.shown(), digest.form),
                    "both stand in one record; whether the hash has a key cannot be seen",
                    (self._found.numbers[number].places[0], place),
                )


def _is_wide(leading: int, trailing: int, size: int | None) -> bool:
    """Tell whether so many digits are too many, of a number of so many; where nobody knows, of a long one."""
    most = _LONG_LEADING if size is None or size >= _LONG else _SAFE_LEADING
    return leading > most or trailing > _SAFE_TRAILING


def _number(value: bytes) -> _Number | None:
    r"""Read a truncated number.

    >>> _number(b"4111-11**-****-1111")
    _Number(head=b'411111', hidden=6, tail=b'1111')
    >>> _number(b"411111...1111").hidden is None
    True
    """
    found = _MASKED.match(value.replace(b" ", b"").replace(b"-", b""))
    if found is None:
        return None
    head, signs, tail = found.groups()
    open_ended = signs in (b"\xe2\x80\xa6", b"...")
    return _Number(head, None if open_ended else len(signs.replace(b"\xe2\x80\xa2", b"*")), tail)


def _digest(value: bytes) -> _Digest | None:
    """Read a digest."""
    size = len(value)
    try:
        if size % 2 == 0 and size // 2 in _ALGORITHMS and value[-1:] != b"=":
            return _Digest(bytes.fromhex(value.decode("ascii")), f"{size} hexadecimal digits")
        raw = base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error):
        return None
    return _Digest(raw, f"base64 of {len(raw)} bytes") if len(raw) in _ALGORITHMS else None


def _size(number: _Number) -> int:
    """Return how many digits a number has, or would have: 15 of American Express, 16 of nearly all others."""
    return number.size or (15 if number.head[:2] in (b"34", b"37") else 16)


def _left_open(number: _Number) -> int:
    return _size(number) - len(number.head) - len(number.tail)


def _wholes(number: _Number) -> Iterator[bytes]:
    """Yield the numbers with a valid Luhn digit that are written so: a tenth of those that could be.

    >>> b"4111111111111111" in set(_wholes(_Number(b"411111", 6, b"1111")))
    True
    >>> len(set(_wholes(_Number(b"411111", 6, b"1111"))))
    100000
    """
    head, tail, hidden = number.head, number.tail, _left_open(number)
    if hidden < 1:
        return
    size = len(head) + hidden + len(tail)
    base = _weigh(head, size) + _weigh(tail, len(tail))
    doubled = len(tail) % 2 == 1  # the last hidden digit, counted from the right
    last = {(_DOUBLE[digit] if doubled else digit) % 10: b"%d" % digit for digit in range(10)}
    for weight, middles in enumerate(_middles(hidden - 1, not doubled)):
        end = last[-(base + weight) % 10] + tail
        for middle in middles:
            yield head + middle + end


@lru_cache(maxsize=2)
def _middles(count: int, doubled: bool) -> tuple[list[bytes], ...]:
    """Return all runs of so many digits, by what they add to Luhn's sum, modulo 10.

    Args:
        count: digits.
        doubled: whether the last of them is one that is doubled.
    """
    found: tuple[list[bytes], ...] = tuple([] for _ in range(10))
    for number in range(10**count):
        run = b"%0*d" % (count, number) if count else b""
        found[_weigh(run, count + doubled) % 10].append(run)
    return found


_DOUBLE = tuple(2 * digit - 9 * (digit > 4) for digit in range(10))


def _weigh(digits: bytes, place: int) -> int:
    """Return what digits add to Luhn's sum; the first of them stands at this place, counted from the right from 1."""
    total = 0
    for digit in digits:
        total += _DOUBLE[digit - 48] if place % 2 == 0 else digit - 48
        place -= 1
    return total


def _tells_more(one: _Number, other: _Number) -> bool:
    """Tell whether two truncated numbers can be one, and show more together than each of them does."""
    if one.size is not None and other.size is not None and one.size != other.size:
        return False
    leading, trailing = min(len(one.head), len(other.head)), min(len(one.tail), len(other.tail))
    if one.head[:leading] != other.head[:leading]:
        return False
    if trailing and one.tail[-trailing:] != other.tail[-trailing:]:
        return False
    return (len(one.head) - len(other.head)) * (len(one.tail) - len(other.tail)) < 0


def _shared(one: _Number, other: _Number) -> int:
    return min(len(one.head), len(other.head)) + min(len(one.tail), len(other.tail))
