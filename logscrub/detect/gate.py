"""Which expressions may match, and where: all of them in one pass over the bytes."""

from __future__ import annotations

import hashlib
import sys
import threading
from collections.abc import Callable, Sequence
from functools import cache as cache_result
from typing import TYPE_CHECKING, Any, Protocol

from logscrub import cache

if TYPE_CHECKING:
    import hyperscan

Hit = tuple[int, int]
"""Index of an expression, and the offset just after a place where it matches."""


class Gate(Protocol):
    """Reports hits. It may report too many and never too few."""

    def scan(self, data: bytes) -> list[Hit]:
        """Return the hits in ``data``, in no particular order."""


def _collect(index: int, start: int, end: int, flags: int, hits: Any) -> None:
    hits.append((index, end))


class SplitGate:
    """A gate in two halves: expressions that only match beyond ASCII cost nothing where a record is ASCII.

    Args:
        expressions: makes what to look for.
        key: what the expressions are made from.

    Raises:
        ImportError: the ``hyperscan`` package cannot be loaded on this machine.

    >>> gate = SplitGate(lambda: [(0, "ab"), (1, r"\\xc3\\xa9")], "example")
    >>> gate.scan(b"ab"), sorted(gate.scan("abé".encode()))
    ([(0, 2)], [(0, 2), (1, 4)])
    """

    def __init__(self, expressions: Callable[[], Sequence[Expression]], key: str) -> None:
        # Made once for both, and not at all where both are in the cache.
        made = cache_result(expressions)
        plain = HyperscanGate(lambda: _half(made(), beyond=False), f"{key}\0ascii")
        beyond = HyperscanGate(lambda: _half(made(), beyond=True), f"{key}\0beyond")
        self.scan = plain.scanning(beyond.scan)
        """Returns the hits in some bytes."""

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError("a gate is not pickled; send the policy and build the detector there")


def _half(expressions: Sequence[Expression], *, beyond: bool) -> list[Expression]:
    from logscrub.rules.shape import beyond_ascii

    return [one for one in expressions if beyond_ascii(one[1]) is beyond]


Literal = tuple[bytes, bool]
"""Bytes to find, and whether their letters may be of either case."""

Expression = tuple[int, str]
"""What to report, and an expression Hyperscan can compile; several expressions may report the same."""


class HyperscanGate:
    """A gate on a Hyperscan database, compiled once and kept in the cache.

    Args:
        expressions: what to look for, such as :func:`logscrub.rules.shape.analyse` derives; or a function that makes
            them, which is called only when there is nothing in the cache.
        key: what the expressions are made from; without one, they are their own key.

    Raises:
        ImportError: the ``hyperscan`` package cannot be loaded on this machine.

    >>> gate = HyperscanGate([(0, "ghp_[0-9A-Za-z]{4}"), (1, "[0-9]{3}-[0-9]{2}")])
    >>> sorted(gate.scan(b"ghp_0123 and 123-45"))
    [(0, 8), (1, 19)]
    """

    def __init__(
        self, expressions: Sequence[Expression] | Callable[[], Sequence[Expression]], key: str | None = None
    ) -> None:
        import hyperscan

        self._open(hyperscan, _database(hyperscan, expressions, key))

    def _open(self, hyperscan: Any, database: hyperscan.Database) -> None:
        self._hyperscan = hyperscan
        self._database = database
        self._busy = hyperscan.ScratchInUseError
        self._local = threading.local()
        self._scan = self._database.scan
        # Scratch for another thread is a clone of this one, which is never scanned with.
        self._first = hyperscan.Scratch(self._database)

    def scan(self, data: bytes) -> list[Hit]:
        """Return the hits in ``data``."""
        hits: list[Hit] = []
        try:
            scratch = self._local.scratch
        except AttributeError:
            scratch = self._local.scratch = self._hyperscan.Scratch(self._database)
        try:
            self._scan(data, _collect, 0, hits, scratch)
        except self._busy:
            # A scan inside a scan: a signal handler or a finalizer logged while this thread was scanning.
            hits.clear()
            self._scan(data, _collect, 0, hits, self._hyperscan.Scratch(self._database))
        return hits

    def scanning(self, beyond: Callable[[bytes], list[Hit]]) -> Callable[[bytes], list[Hit]]:
        """Return ``scan`` as one function, which asks another gate as well about what is not ASCII.

        Each log record comes by here, so what is looked up and called on the way counts.
        """
        local, scan, busy, rare = self._local, self._scan, self._busy, self.scan

        def scan_both(data: bytes) -> list[Hit]:
            hits: list[Hit] = []
            try:
                scan(data, _collect, 0, hits, local.scratch)
            except (AttributeError, busy):
                hits = rare(data)
            if not data.isascii():
                hits += beyond(data)
            return hits

        return scan_both

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError("a gate is not pickled; send the policy and build the detector there")


class LiteralGate(HyperscanGate):
    """A gate for literals that must not leave the memory of the process: there is no cache.

    Args:
        literals: what to look for, and whether its letters may be of either case. A hit's index is the position here.

    Raises:
        ImportError: the ``hyperscan`` package cannot be loaded on this machine.

    >>> LiteralGate([(b"a.c", False), (b"ff", True)]).scan(b"abc a.c FF")
    [(0, 7), (1, 10)]
    """

    def __init__(self, literals: Sequence[Literal]) -> None:
        import hyperscan

        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        database.compile(
            expressions=[literal for literal, _ in literals],
            ids=list(range(len(literals))),
            elements=len(literals),
            flags=[hyperscan.HS_FLAG_CASELESS if caseless else 0 for _, caseless in literals],
            literal=True,
        )
        self._open(hyperscan, database)


class ReferenceLiteralGate:
    """The same without the engine: slow and simple.

    >>> ReferenceLiteralGate([(b"a.c", False), (b"ff", True)]).scan(b"abc a.c FF")
    [(0, 7), (1, 10)]
    """

    def __init__(self, literals: Sequence[Literal]) -> None:
        self._literals = [(literal.lower() if caseless else literal, caseless) for literal, caseless in literals]

    def scan(self, data: bytes) -> list[Hit]:
        """Return the hits in ``data``."""
        hits: list[Hit] = []
        lower = data.lower()
        for index, (literal, caseless) in enumerate(self._literals):
            text = lower if caseless else data
            at = text.find(literal)
            while at >= 0:
                hits.append((index, at + len(literal)))
                at = text.find(literal, at + 1)
        return hits


def literal_gate(literals: Sequence[Literal]) -> Gate:
    """Return a gate for literals: the fast one, where Hyperscan can be loaded."""
    try:
        return LiteralGate(literals)
    except ImportError:
        return ReferenceLiteralGate(literals)


class EmptyGate:
    """The gate of a policy that looks for nothing."""

    def scan(self, data: bytes) -> list[Hit]:
        """Return no hits."""
        return []


class ReferenceGate:
    """The same expressions without an engine that finds them all at once: slow, simple, the oracle of the tests.

    Args:
        expressions: the expressions to match.
        always: what is below this number is reported for every record, leaving the decision to the rule.

    >>> ReferenceGate([(0, "ab"), (1, "c=")], always=1).scan(b"abc=")
    [(0, 4), (1, 4)]
    """

    def __init__(self, expressions: Sequence[Expression], *, always: int) -> None:
        import regex

        self._always = always
        self._rest = [
            (index, regex.compile(expression.encode("ascii"))) for index, expression in expressions if index >= always
        ]

    def scan(self, data: bytes) -> list[Hit]:
        """Return the hits in ``data``."""
        hits = [(index, len(data)) for index in range(self._always)] if data else []
        for index, expression in self._rest:
            hits += [(index, match.end()) for match in expression.finditer(data, overlapped=True)]
        return hits


_MANY = 500
"""Expressions that take longer to compile than somebody waits without a word."""


def _database(
    module: Any, expressions: Sequence[Expression] | Callable[[], Sequence[Expression]], key: str | None
) -> hyperscan.Database:
    if key is None and not callable(expressions):
        key = "\0".join(f"{index} {text}" for index, text in expressions)
    parts = (module.__version__, sys.platform, str(sys.maxsize), *_cpu(), str(key))
    name = f"gate-{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:40]}.hsdb"
    stored = cache.read(name)
    if stored is not None:
        try:
            loaded: hyperscan.Database = module.loadb(stored, module.HS_MODE_BLOCK)
            return loaded
        except module.HyperscanError:
            stored = None  # of another engine or processor: compile again
    wanted = expressions() if callable(expressions) else expressions
    if cache.before_compiling is not None and len(wanted) >= _MANY:
        cache.before_compiling()
    database = _compile(module, wanted)
    cache.write(name, module.dumpb(database))
    return database


def _cpu() -> tuple[str, str]:
    """What the compiled form depends on beside the library: it is tuned to the processor it was compiled on."""
    import platform

    return platform.machine(), platform.libc_ver()[0]


def _compile(module: Any, expressions: Sequence[Expression]) -> hyperscan.Database:
    flags = [0] * len(expressions)
    try:
        return _build(module, expressions, flags)
    except module.HyperscanError:
        # One of them is too large to compile exactly; find out which, and let the engine approximate it.
        for position, expression in enumerate(expressions):
            try:
                _build(module, [expression], [0])
            except module.HyperscanError:
                flags[position] = module.HS_FLAG_PREFILTER
        return _build(module, expressions, flags)


def _build(module: Any, expressions: Sequence[Expression], flags: list[int]) -> hyperscan.Database:
    database: hyperscan.Database = module.Database(mode=module.HS_MODE_BLOCK)
    database.compile(
        expressions=[text.encode("ascii") for _, text in expressions],
        ids=[index for index, _ in expressions],
        elements=len(expressions),
        flags=flags,
    )
    return database
