"""What is known of log records beyond findings. Nothing in here can hold a raw value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from logscrub.comply.model import Sample
from logscrub.sources.paths import Unread

FIELDS = ("time", "level", "component", "where", "who", "what", "outcome", "resource", "request")
"""What a record may say of an event; the names that coverage is counted under.

``time`` when; ``level`` how bad; ``component`` which program, logger or container wrote it; ``where`` the host, client
or address it came from; ``who`` the user, account or subject; ``what`` the event, action or message; ``outcome`` how it
ended; ``resource`` what it was done to; ``request`` the id of the request or trace.
"""


@dataclass(frozen=True, slots=True)
class SourceCensus:
    """What the records of one text say of themselves: a file, an object, or a member of an archive.

    All counts but ``lines`` are of the records that were looked at.

    Attributes:
        path: as a finding names it: ``app.log``, ``logs.tar!/app.log``.
        format: ``plain``, ``json``, ``json-document``, ``logfmt``, ``access``, ``syslog``, ``docker``, ``cri``,
            ``csv``, ``journald-export``, ``evtx-xml``.
        lines: how many lines the text has; as far as it was read where the scan of it was stopped or cut short.
        looked_at: lines that were looked at.
        sampled: not all were. They are spread over the text evenly.
        records: how many begin in these lines. Lines that go on with a record (of a traceback, say) belong to it.
        parsed: of ``looked_at``, lines in a known shape, or that belong to a record in one.
        structured: records have keys (JSON, logfmt, columns, …) or places (access logs), so that what is missing
            can be told. Free text may say who did something in words.
        with_offset: records whose time has an offset from UTC, is in UTC, or counts from 1970.
        without_offset: records with a time of which nobody knows the zone.
        first, last: the earliest and the latest time, as written, ISO 8601; None if there is none.
        days: between these two; None if there is none. Where only one of them has an offset, the other is taken as UTC.
        rewinds: how often a time is more than five seconds before the latest one of the records before it.
        first_rewind: the number of the line of the first one (near it where the text is sampled), or 0.
        largest_gap: the longest time, in seconds, without a record; None if fewer than two have a time, or if the
            text is sampled.
        fields: how many records say each of :data:`FIELDS`.
        keys: names of keys that were read as each of :data:`FIELDS`, those seen most, at most four. Only names that
            the list of names knows: nothing from the log itself.
    """

    path: str
    format: str
    lines: int = 0
    looked_at: int = 0
    sampled: bool = False
    records: int = 0
    parsed: int = 0
    structured: bool = False
    with_offset: int = 0
    without_offset: int = 0
    first: str | None = None
    last: str | None = None
    days: float | None = None
    rewinds: int = 0
    first_rewind: int = 0
    largest_gap: float | None = None
    fields: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def timed(self) -> int:
        """Records that have a time."""
        return self.with_offset + self.without_offset

    @property
    def untimed(self) -> int:
        """Records that have no time that can be read."""
        return self.records - self.timed

    def coverage(self, name: str) -> float:
        """Return the share of records that say something, from 0 to 1: 0 where there are no records.

        >>> SourceCensus("a", "json", records=4, fields={"who": 3}).coverage("who")
        0.75
        """
        return self.fields.get(name, 0) / self.records if self.records else 0.0


@dataclass(frozen=True, slots=True)
class Census:
    """What the records of all inputs say of themselves.

    Attributes:
        sources: one for each text, in the order they were read. Empty texts are among them, with no lines.
        unread: what was not read, or not wholly, and why. Tables (Parquet, …) have no lines and are among them.
        stopped: Ctrl-C or the caller ended it early.
    """

    sources: tuple[SourceCensus, ...] = ()
    unread: tuple[Unread, ...] = ()
    stopped: bool = False

    @property
    def sampled(self) -> bool:
        """Whether a part of any text was not looked at."""
        return any(one.sampled for one in self.sources)


@dataclass(frozen=True, slots=True)
class Mask:
    """A way in which card numbers are truncated.

    Attributes:
        shown: one of the numbers, ``411111…1111``: never more than 6 leading and 4 trailing digits of it.
        leading, trailing: how many digits the log shows.
        hidden: how many it hides; None where it does not tell (``411111…1111``).
        wide: more is shown than the first six (eight of sixteen digits or more) and the last four.
        distinct: how many different numbers are truncated in this way.
        count: occurrences.
        places: of some of them, as ``app.log:12``.
    """

    shown: str
    leading: int
    trailing: int
    hidden: int | None
    wide: bool
    distinct: int
    count: int
    places: tuple[str, ...] = ()


class Keyed(StrEnum):
    """What is known of a hash under the name of a card number.

    >>> str(Keyed.NO)
    'unkeyed'
    """

    NO = "unkeyed"
    """The number was found again: the hash has no key, and anybody can undo it."""
    UNKNOWN = "cannot be told"
    """Nothing that was tried makes this hash. It may be keyed, or of something else."""


@dataclass(frozen=True, slots=True)
class CardHash:
    """Digests of one kind under names of card numbers.

    Attributes:
        shown: what they are: ``sha256`` if that is proven, else ``64 hexadecimal digits``. Nothing of a digest itself.
        keyed: whether they were undone.
        how: what undid one, in words: ``made of a number that is written as 411111…1111``; or empty.
        distinct: how many different digests.
        count: occurrences.
        places: of some of them.
    """

    shown: str
    keyed: Keyed
    how: str
    distinct: int
    count: int
    places: tuple[str, ...] = ()


class ConflictKind(StrEnum):
    """Which two forms of one number are there.

    >>> str(ConflictKind.MASKS)
    'truncated in two ways'
    """

    MASKS = "truncated in two ways"
    MASK_AND_HASH = "truncated and hashed"
    CLEAR_AND_HASH = "in clear and hashed"


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two forms of one card number that together tell more than each of them.

    Attributes:
        kind: which forms.
        certain: it is one card: a hash was undone, or the whole number fits both. Otherwise it could be.
        shown: the forms, masked: ``411111…1111``, ``sha256``.
        why: how that is known, in a sentence.
        places: one of each form.
    """

    kind: ConflictKind
    certain: bool
    shown: tuple[str, ...]
    why: str
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What logs tell of card numbers that are no longer whole.

    Attributes:
        masks: the ways in which numbers are truncated, those that show too much first.
        hashes: digests under names of cards, those that were undone first.
        conflicts: those that are certain first.
        clear: how many distinct numbers stand there in clear.
        tried: how many numbers were tried against hashes.
        limits: what was not tried or not kept, in sentences; empty if all was.
        unread: what was not read.
        stopped: ended early.
    """

    masks: tuple[Mask, ...] = ()
    hashes: tuple[CardHash, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    clear: int = 0
    tried: int = 0
    limits: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Together:
    """Records that hold one of each group of things: a login and its password, say.

    Attributes:
        groups: the groups, as they were given.
        records: how many records hold one of each.
        sources: in how many texts.
        rules: names of the rules whose matches met, by group.
        samples: some of these records: ``app.log:12``, with the rules that met there.
        unread: what was not read.
        stopped: ended early.
    """

    groups: tuple[tuple[str, ...], ...]
    records: int = 0
    sources: int = 0
    rules: tuple[tuple[str, ...], ...] = ()
    samples: tuple[Sample, ...] = ()
    unread: tuple[Unread, ...] = ()
    stopped: bool = False
