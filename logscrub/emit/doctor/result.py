"""What an examination found. Canaries are named by their kind; no value is in here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from logscrub.errors import LeakError

State = Literal["closed", "leak", "policy", "untested"]


@dataclass(frozen=True, slots=True)
class Path:
    """One way out of the process, and what became of the canaries that were sent along it.

    Attributes:
        area: ``logging``, ``loguru``, ``structlog`` or ``hook``.
        target: what writes: a handler and where to, or a hook.
        loggers: the loggers whose records get there; empty for hooks.
        channel: what carried the canaries, see :data:`logscrub.emit.doctor.channels.CHANNELS`.
        state: ``closed``; ``leak``; ``policy``: the policy in effect does not look for what came out; ``untested``.
        canaries: kinds of those that came out.
        reason: why it is not tested, or why they came out.
        fix: how to close it.
    """

    area: str
    target: str
    loggers: tuple[str, ...]
    channel: str
    state: State
    canaries: tuple[str, ...] = ()
    reason: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to know that is no leak.

    Attributes:
        kind: ``after-install``: a handler that came later, and was tried like the others; ``replaced``: a hook that
            was set later; ``forged-line``, ``not-covered``, ``not-tested``, ``report-only``.
        text: what it is.
        fix: what can be done about it, if anything.
    """

    kind: str
    text: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class DoctorResult:
    """What :func:`logscrub.verify` found.

    Attributes:
        installed: whether :func:`logscrub.install` is active.
        report_only: whether it only counts, and changes nothing.
        paths: every path, one for each channel.
        notes: what else there is to know.

    >>> DoctorResult(True, False, (), ()).ok
    True
    """

    installed: bool
    report_only: bool
    paths: tuple[Path, ...]
    notes: tuple[Remark, ...]

    @property
    def leaks(self) -> tuple[Path, ...]:
        """The paths that let a canary out."""
        return self._of("leak")

    @property
    def closed(self) -> tuple[Path, ...]:
        """The paths that let none out."""
        return self._of("closed")

    @property
    def untested(self) -> tuple[Path, ...]:
        """The paths no canary could be sent along."""
        return self._of("untested")

    @property
    def by_policy(self) -> tuple[Path, ...]:
        """The paths that let out only what the policy does not look for."""
        return self._of("policy")

    @property
    def ok(self) -> bool:
        """Whether no path lets a canary out."""
        return not self.leaks

    def raise_for_leaks(self) -> None:
        """Do nothing if all paths are closed: for tests and for the start of a service.

        Raises:
            LeakError: there are others.
        """
        leaks = self.leaks
        if leaks:
            shown = [f"{leak.target}, {leak.channel}: {leak.reason}; {leak.fix}" for leak in leaks[:5]]
            more = f"; and {len(leaks) - 5} more" if len(leaks) > 5 else ""
            raise LeakError(f"{len(leaks)} of {len(self.paths)} paths let canaries out: {' | '.join(shown)}{more}")

    def _of(self, state: State) -> tuple[Path, ...]:
        return tuple(path for path in self.paths if path.state == state)
