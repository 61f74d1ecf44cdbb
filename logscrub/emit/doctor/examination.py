"""What all parts of one examination share: canaries, what they are sent in, judging what comes out."""

from __future__ import annotations

import contextlib
import copy
import io
import logging
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from logscrub.emit.doctor.canaries import Canaries
from logscrub.emit.doctor.channels import CHANNELS, LINE_BREAK, Load
from logscrub.emit.doctor.result import Path, Remark
from logscrub.emit.engine import Engine
from logscrub.emit.prints import CapturedStream
from logscrub.scrubber import Scrubber

_DEEPEST = 6


class Caught:
    """What came out on one try.

    Attributes:
        outputs: texts and bytes.
        lines: those of them that are written as lines of text.
        reached: whether anything was about to be written at all.
    """

    def __init__(self) -> None:
        self.outputs: list[str | bytes] = []
        self.lines: list[str] = []
        self.reached = False

    def write(self, data: Any) -> None:
        """Take what would be written."""
        self.reached = True
        if isinstance(data, str):
            self.lines.append(data)
        self.outputs.append(data if isinstance(data, (str, bytes)) else str(data))

    def record(self, record: logging.LogRecord) -> None:
        """Take a record whose receiver may look at everything in it."""
        self.reached = True
        _look(vars(record), self.outputs, 0)
        with contextlib.suppress(Exception):  # the receiver cannot make a text of it either
            self.outputs.append(record.getMessage())

    def value(self, value: Any) -> None:
        """Take a structure."""
        self.reached = True
        _look(value, self.outputs, 0)

    def add(self, other: Caught) -> None:
        """Take what came out elsewhere."""
        self.outputs += other.outputs
        self.lines += other.lines
        self.reached = self.reached or other.reached


class Examination:
    """One examination.

    Args:
        engine: of the installation; ``None`` if there is none.
        channels: names of the channels to use.
        module: where logging is set up, if that is known.

    Attributes:
        canaries: what is looked for.
        loads: what is sent, by channel.
        paths: what was found so far.
        notes: what there is to say beside.
    """

    def __init__(self, engine: Engine | None, channels: Iterable[str], module: str = "") -> None:
        self.engine = engine
        where = f"in {module}" if module else "when the service starts"
        self._install = f"call logscrub.install() first thing {where}"
        self.canaries = Canaries()
        self.loads: dict[str, Load] = {name: CHANNELS[name](self.canaries) for name in channels}
        self.paths: list[Path] = []
        self.notes: list[Remark] = []
        self._scrubber = _quiet(engine.channel.public if engine is not None else Scrubber())
        self._names: dict[str, str] = {}
        self._special: dict[int, Scrubber] = {}
        self._allowed: dict[tuple[int, str], frozenset[str]] = {}

    def clean(self, text: str) -> str:
        """Return a name the service has given, scrubbed."""
        if text not in self._names:
            self._names[text] = self._scrubber.scrub_text(text)
        return self._names[text]

    def note(self, kind: str, text: str, fix: str = "") -> None:
        """Add a remark, once."""
        remark = Remark(kind, text, fix)
        if remark not in self.notes:
            self.notes.append(remark)

    def untested(self, area: str, target: str, loggers: tuple[str, ...], reason: str) -> None:
        """Enter a path that could not be tried."""
        names = [name for name in self.loads if name != LINE_BREAK]
        self.paths += [Path(area, target, loggers, name, "untested", reason=reason) for name in names]

    def judge(
        self,
        area: str,
        target: str,
        loggers: tuple[str, ...],
        channel: str,
        caught: Caught,
        *,
        handler: Any = None,
        cause: tuple[str, str] | None = None,
    ) -> None:
        """Look for canaries in what came out along a path, and enter the path.

        Args:
            handler: the handler of ``logging``, which may have a policy of its own.
            cause: why something came out, if it did, and how to close that; by default what holds for all paths.
        """
        if channel == LINE_BREAK:
            self._judge_lines(target, caught.lines)
            return
        found = {kind for output in caught.outputs for kind in self.canaries.found(output)}
        allowed = self._let_out(channel, handler)
        leaked = tuple(sorted(found - allowed))
        if leaked:
            reason, fix = self._general() or cause or _UNKNOWN
            path = Path(area, target, loggers, channel, "leak", leaked, reason, fix)
        elif found:
            reason = "the policy in effect does not look for it"
            path = Path(area, target, loggers, channel, "policy", tuple(sorted(found)), reason)
        else:
            path = Path(area, target, loggers, channel, "closed")
        self.paths.append(path)

    def _judge_lines(self, target: str, lines: list[str]) -> None:
        forged = "\n" + self.canaries.line
        if any(forged in line for line in lines):
            fix = self._install if self.engine is None else "install without neutralize=False"
            self.note("forged-line", f"{target}: a line break in a value begins a new line of the log", fix)

    def _general(self) -> tuple[str, str] | None:
        if self.engine is None:
            return "logscrub is not installed in this process", self._install
        if self.engine.report_only:
            return "logscrub only reports, by choice, and changes nothing", "install without report_only=True"
        return None

    def _let_out(self, channel: str, handler: Any) -> frozenset[str]:
        """Return the kinds of canaries the policy does not look for where a channel carries them."""
        scrubber = self._scrubber
        if self.engine is not None and handler is not None:
            special = self.engine.channel_of(handler)
            if special is not self.engine.channel:
                scrubber = self._special.setdefault(id(special), _quiet(special.public))
        key = (id(scrubber), channel)
        if key not in self._allowed:
            outputs: list[str | bytes] = []
            _look(scrubber.scrub(self.loads[channel].text), outputs, 0)
            self._allowed[key] = frozenset(kind for output in outputs for kind in self.canaries.found(output))
        return self._allowed[key]


_UNKNOWN = (
    "logscrub does not know this way out",
    "give the handler a logscrub.ScrubFormatter, and please report it with the name of its class",
)


class StderrAside:
    """Stands in for ``sys.stderr``: what this thread writes is kept, what others write goes where it would."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self._thread = threading.get_ident()
        self._buffer = io.StringIO()
        # What captures the stream is part of the way out.
        scrub = real._scrub if isinstance(real, CapturedStream) else None
        self._ours: Any = CapturedStream(self._buffer, scrub) if scrub is not None else self._buffer

    def write(self, text: str) -> int:
        """Write where it belongs."""
        written: int = self._target().write(text)
        return written

    def flush(self) -> None:
        """Flush where it belongs."""
        target = self._target()
        if target is not None:
            target.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def take(self) -> str:
        """Return what was kept since the last time."""
        self._ours.flush()
        text = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return text

    def _target(self) -> Any:
        return self._ours if threading.get_ident() == self._thread else self._real


@contextlib.contextmanager
def stderr_aside() -> Iterator[StderrAside]:
    """Keep what this thread writes to standard error."""
    before = sys.stderr
    aside: Any = StderrAside(before)
    sys.stderr = aside
    try:
        yield aside
    finally:
        if sys.stderr is aside:
            sys.stderr = before


def where_from(function: Any) -> str:
    """Return which module a function that someone has put somewhere is of."""
    module = getattr(function, "__module__", None) or type(function).__module__
    return str(module)


def _quiet(scrubber: Scrubber) -> Scrubber:
    """Return a scrubber of the same policy that nobody hears of."""
    twin = copy.copy(scrubber)
    twin.counts, twin.errors, twin.observer = Counter(), Counter(), None
    return twin


def _look(value: Any, outputs: list[str | bytes], depth: int) -> None:
    """Take down all that can be read from a value."""
    if isinstance(value, (str, bytes)):
        outputs.append(value)
        return
    if isinstance(value, BaseException):
        outputs.append("".join(traceback.format_exception(value)))
    if depth < _DEEPEST:
        if isinstance(value, dict):
            value = [*value, *value.values()]
        if isinstance(value, (list, tuple, set, frozenset)):
            for item in value:
                _look(item, outputs, depth + 1)
            return
    for show in (str, repr):
        try:
            outputs.append(show(value))
        except Exception:  # noqa: S112 - what cannot be shown does not come out
            continue
