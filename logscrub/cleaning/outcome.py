"""What became of the files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Action = Literal["replaced", "written", "untouched", "skipped", "refused"]
"""``replaced``: the file is the clean one now. ``written``: there is a clean copy. ``untouched``: there was nothing to
redact. ``skipped``: nobody would look for a log there. ``refused``: it should have been done and was not."""


class RefusedError(Exception):
    """A file is not done, and is as it was. The message says why."""


class Content(NamedTuple):
    """What identifies the bytes of a file.

    Attributes:
        size: in bytes.
        sha256: in hexadecimal.
    """

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file.

    Attributes:
        path: as it was named.
        action: what was done.
        reason: why it was not done, or not all of it.
        remark: what to know of it although it was done.
        target: where the clean content is.
        before, after: the content of the original and of the clean file, where they are known.
        rules: values redacted, by rule.
        began, ended: seconds since 1970.
    """

    path: str
    action: Action
    reason: str = ""
    remark: str = ""
    target: str = ""
    before: Content | None = None
    after: Content | None = None
    rules: Mapping[str, int] = field(default_factory=dict)
    began: float = 0.0
    ended: float = 0.0

    @property
    def is_error(self) -> bool:
        """Whether something was not done that should have been."""
        return self.action == "refused" or bool(self.reason and self.action != "skipped")


@dataclass(frozen=True, slots=True)
class Redaction:
    """What became of all files, in the order they were named.

    Attributes:
        files: what became of each.
        dry_run: nothing was written: the outcomes say what would be.
        interrupted: it was ended early; what is not among ``files`` was not begun.
        leftovers: temporary files of killed runs that were removed.
        elapsed: seconds.
    """

    files: tuple[Outcome, ...]
    dry_run: bool = False
    interrupted: bool = False
    leftovers: int = 0
    elapsed: float = 0.0

    @property
    def errors(self) -> tuple[Outcome, ...]:
        """What was not done, or not all of it."""
        return tuple(one for one in self.files if one.is_error)

    @property
    def rules(self) -> Counter[str]:
        """Values redacted, by rule."""
        total: Counter[str] = Counter()
        for one in self.files:
            if one.action in ("replaced", "written"):
                total.update(one.rules)
        return total

    def count(self, action: Action) -> int:
        """Return how many files have that outcome."""
        return sum(one.action == action for one in self.files)
