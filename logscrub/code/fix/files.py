"""Repair files: read, edit, check that the result compiles, write whole."""

from __future__ import annotations

import gc
import io
import os
import re
import stat
import tokenize
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from logscrub.cli.output import whole_file
from logscrub.code.fix.edit import Edit, Refused, apply
from logscrub.code.model import CodeFinding, CodeResult
from logscrub.errors import MissingExtraError, SourceError
from logscrub.sources.paths import reason_of

_BOM = b"\xef\xbb\xbf"
_GENERATED = re.compile(
    r"(?i)^\s*#.*(?:\bgenerated\b.*\b(?:by|code|file|do not)\b|\bcode generated\b|do not edit|@generated)"
)
_FIRST_LINES = 30


@dataclass(frozen=True, slots=True)
class Change:
    """A file before and after: both hold source code as it is, literals included.

    Attributes:
        path: the file.
        before: its text.
        after: its repaired text, with the same line ends and encoding.
    """

    path: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A finding that was not repaired.

    Attributes:
        finding: the finding.
        reason: why, in a few words.
    """

    finding: CodeFinding
    reason: str


@dataclass(frozen=True, slots=True)
class FixResult:
    """What was repaired.

    Attributes:
        changed: the files, by path.
        done: findings that are repaired.
        refused: findings that are not.
    """

    changed: tuple[Change, ...] = ()
    done: tuple[CodeFinding, ...] = ()
    refused: tuple[Refusal, ...] = ()


def fix_files(result: CodeResult, write: bool) -> FixResult:
    """Repair the findings of an audit in the files they are in.

    A repair is made or refused on its own. A file is replaced as a whole, keeps its mode, encoding and line ends, and
    links to it stay; a file whose repaired text does not compile is left as it was.

    Args:
        result: what the audit found.
        write: whether to change the files; if not, only the result says what would change.

    Raises:
        MissingExtraError: libcst is not installed.

    >>> fix_files(CodeResult(), write=False)
    FixResult(changed=(), done=(), refused=())
    """
    try:
        import libcst  # noqa: F401
    except ImportError:
        raise MissingExtraError("changing source code", "fix") from None
    by_path: dict[str, list[CodeFinding]] = {}
    for finding in result.findings:
        by_path.setdefault((finding.repair.place if finding.repair else finding.place).path, []).append(finding)
    changed: list[Change] = []
    done: list[CodeFinding] = []
    refused: list[Refusal] = []
    for path in sorted(by_path):
        change, fixed, left = _fix_file(path, by_path[path], write)
        changed += [change] if change else []
        done += fixed
        refused += left
    return FixResult(tuple(changed), tuple(done), tuple(refused))


def _fix_file(
    path: str, findings: Sequence[CodeFinding], write: bool
) -> tuple[Change | None, list[CodeFinding], list[Refusal]]:
    wanted = [finding for finding in findings if finding.repair is not None]
    left = [Refusal(finding, "somebody has to decide") for finding in findings if finding.repair is None]
    if not wanted:
        return None, [], left
    try:
        source = _Source(path)
        with _uncollected():
            after, fixed, refused = _repair(source, wanted)
        if write and fixed:
            source.write(after)
    except (Refused, SourceError) as error:
        reason = str(error).removeprefix(f"{path}: ")
        return None, [], left + [Refusal(finding, reason) for finding in wanted]
    left += refused
    return (Change(path, source.text, after) if fixed else None), fixed, left


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector: a tree is large and there is no garbage in it while it is used."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


class _Source:
    """A file of source code, and how it is encoded.

    Raises:
        Refused: it must not or cannot be changed.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            with open(path, "rb") as stream:
                self._mode = os.fstat(stream.fileno()).st_mode
                self._data = stream.read()
        except OSError as error:
            raise Refused(f"cannot be read: {reason_of(error)}") from None
        if not stat.S_ISREG(self._mode):
            raise Refused("is no regular file")
        if not self._mode & 0o222 or not os.access(path, os.W_OK):
            raise Refused("is read-only")
        try:
            self._encoding = tokenize.detect_encoding(io.BytesIO(self._data).readline)[0].removesuffix("-sig")
            self._bom = _BOM if self._data.startswith(_BOM) else b""
            self.text = self._data.removeprefix(self._bom).decode(self._encoding)
        except (SyntaxError, UnicodeDecodeError):
            raise Refused("is not encoded as it says") from None
        if any(_GENERATED.match(line) for line in self.text.splitlines()[:_FIRST_LINES]):
            raise Refused("is generated: change what it is generated from")
        if not _compiles(self.text):
            raise Refused("does not parse")

    def write(self, text: str) -> None:
        """Replace the file, if it is still what was read."""
        try:
            with open(self.path, "rb") as stream:
                same = stream.read() == self._data
        except OSError as error:
            raise Refused(f"cannot be read: {reason_of(error)}") from None
        if not same:
            raise Refused("the file changed since it was read")
        try:
            data = self._bom + text.encode(self._encoding)
        except UnicodeEncodeError:
            raise Refused("cannot be written in its encoding") from None
        with whole_file(self.path, stat.S_IMODE(self._mode)) as stream:
            stream.write(data)


def _repair(source: _Source, findings: Sequence[CodeFinding]) -> tuple[str, list[CodeFinding], list[Refusal]]:
    from logscrub.code.fix.plan import plan
    from logscrub.code.fix.tree import Tree

    tree = Tree(source.text)
    plans = plan(tree, source.path, findings)
    fixed = [finding for finding, reason in plans.outcome if not reason]
    refused = [Refusal(finding, reason) for finding, reason in plans.outcome if reason]
    if not fixed:
        return source.text, [], refused
    after = _applied(source.text, plans.edits)
    if after is not None:
        return after, fixed, refused
    if len(findings) == 1:
        return source.text, [], [Refusal(findings[0], "the result would not compile")]
    # One of them spoils it: try each on its own, and keep those that work together.
    good: list[CodeFinding] = []
    after = source.text
    for finding in fixed:
        tried = _applied(source.text, plan(tree, source.path, [*good, finding]).edits)
        if tried is None:
            refused.append(Refusal(finding, "the result would not compile"))
        else:
            good.append(finding)
            after = tried
    return after, good, refused


def _applied(text: str, edits: Iterable[Edit]) -> str | None:
    try:
        after = apply(text, edits)
    except Refused:
        return None
    return after if _compiles(after) else None


def _compiles(text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about escapes that were there before
        try:
            compile(text, "<source>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError):
            return False
    return True
