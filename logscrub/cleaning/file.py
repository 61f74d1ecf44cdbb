"""One file: its clean copy made beside it and put in its place, or below another directory."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from types import TracebackType
from typing import Self

from logscrub.cleaning.attributes import check_owner, keep, keep_times
from logscrub.cleaning.folder import Folder
from logscrub.cleaning.manifest import Manifest
from logscrub.cleaning.outcome import Content, Outcome, RefusedError
from logscrub.cleaning.temporary import Temporary, discard, lock, temporary_name
from logscrub.cleaning.watch import Lease, named_writers
from logscrub.errors import SourceError
from logscrub.policy import Policy
from logscrub.scrubber import Scrubber
from logscrub.sources import NotTextError, Reader, Source
from logscrub.sources.paths import reason_of
from logscrub.sources.rewrite import Rewritten, rewrite

Beat = Callable[[int], object]
"""Called with the bytes of the file read so far."""

_CHANGED = "changed while it was read"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Place:
    """A file by a directory, names of directories below it that must be no links, and its own name there."""

    root: str
    parts: tuple[str, ...]
    name: str

    @property
    def path(self) -> str:
        """All of it in one."""
        return os.path.join(self.root, *self.parts, self.name)


@dataclass(frozen=True, slots=True)
class Task:
    """A file to be done.

    Attributes:
        path: as it is named to the user.
        size: in bytes.
        named: the user named the file itself.
        source: where it is.
        target: where the copy goes; None to replace the file.
    """

    path: str
    size: int
    named: bool
    source: Place
    target: Place | None = None


@dataclass(frozen=True)
class Job:
    """How all files are to be done. It can be given to another process; it holds secrets and must not be stored.

    Attributes:
        policy: what is redacted, with a key.
        known: registered values with their names.
        dry_run: write nothing.
        break_links: replace files that have other names.
        even_if_open: replace files that somebody has open for writing.
        manifest: the record, or None.
        run: names the run in it.
        lasting: the policy's key is more than this run's: it seals the record.
    """

    policy: Policy
    known: Mapping[bytes, str] = field(default_factory=dict, repr=False)
    dry_run: bool = False
    break_links: bool = False
    even_if_open: bool = False
    manifest: str | None = None
    run: str = ""
    lasting: bool = False


class Stopped(BaseException):
    """Raised by a ``Beat``: the file is left as it is."""


class Cleaner:
    """Does one file after the other.

    Args:
        job: how.
        scrubber: finds and replaces; by default one is made.

    Attributes:
        manifest: the record, open; None where there is none.

    Raises:
        ConfigError: the policy or the manifest is wrong.
    """

    def __init__(self, job: Job, scrubber: Scrubber | None = None) -> None:
        self.job = job
        known = job.policy.known()
        if known is not None and job.known:
            known.add(job.known)
        self.scrubber = scrubber or Scrubber(job.policy)
        self.manifest = None
        if job.manifest is not None and not job.dry_run:
            self.manifest = Manifest(job.manifest, job.run, job.policy.key if job.lasting else None)

    def clean(self, task: Task, beat: Beat) -> Outcome:
        """Do a file. Whatever goes wrong, it is as it was or done, and the outcome says which."""
        began = time.time()
        try:
            outcome = self._done(task, beat, began)
        except NotTextError as error:
            action = "skipped" if error.expected and not task.named else "refused"
            outcome = Outcome(task.path, action, str(error))  # type: ignore[arg-type]
        except (SourceError, RefusedError) as error:
            outcome = Outcome(task.path, "refused", str(error))
        except OSError as error:
            outcome = Outcome(task.path, "refused", reason_of(error))
        except Stopped:
            outcome = Outcome(task.path, "refused", "interrupted")
        except Exception as error:
            outcome = Outcome(task.path, "refused", f"failed with {type(error).__name__}")
        outcome = replace(outcome, began=began, ended=time.time())
        if self.manifest is not None:
            try:
                self.manifest.done(outcome)
            except OSError as error:
                reason = f"the manifest does not tell what became of it: {reason_of(error)}"
                outcome = replace(outcome, reason=f"{outcome.reason}; {reason}" if outcome.reason else reason)
        return outcome

    def _done(self, task: Task, beat: Beat, began: float) -> Outcome:
        with Folder(task.source.root, task.source.parts) as folder, _opened(folder, task.source.name) as fd:
            status = os.fstat(fd)
            if not stat.S_ISREG(status.st_mode):
                raise RefusedError("is no regular file any more")
            started = Outcome(task.path, "written", began=began)
            if task.target is None:
                return self._replaced(task, folder, fd, status, beat, started)
            return self._copied(task, task.target, fd, status, beat, started)

    def _replaced(
        self, task: Task, folder: Folder, fd: int, status: os.stat_result, beat: Beat, started: Outcome
    ) -> Outcome:
        name = task.source.name
        remark = self._check(folder, name, fd, status)

        def watched(done: int) -> None:
            if _changed(status, os.fstat(fd)):
                raise RefusedError(_CHANGED)
            beat(done)

        with _Output(lambda stack: folder, hashed=self.manifest is not None) as out:
            original = _Original(task, fd, hashed=self.manifest is not None)
            with original.reader() as reader:
                again = None if self.job.dry_run else original.again
                done = self._rewritten(reader, None if self.job.dry_run else out.write, again, watched)
            if reader.problem:
                raise RefusedError(f"not all of it can be read: {reader.problem}")
            if done.unjudged:
                raise RefusedError(f"{done.unjudged} records took too long to judge, and would be left out")
            if done.changed and done.lossy:
                raise RefusedError(f"not all of it is {reader.encoding}, and what is not would be lost")
            before = original.content
            if _changed(status, os.fstat(fd)):
                raise RefusedError(_CHANGED)
            if not done.changed:
                return replace(started, action="untouched", before=before, after=before)
            outcome = replace(
                started, action="replaced", before=before, after=out.content, rules=dict(done.rules), remark=remark
            )
            if self.job.dry_run:
                return outcome
            keep(fd, out.fd, status)
            out.sync()
            if self.manifest is not None:
                self.manifest.replacing(outcome)
            self._put(folder, name, fd, status, out)
            folder.sync()
            return outcome

    def _check(self, folder: Folder, name: str, fd: int, status: os.stat_result) -> str:
        """Refuse what must not be replaced; return what to say of it if it is."""
        if not folder.may_write(name):
            raise RefusedError("is read-only")
        check_owner(status)
        remarks = []
        if status.st_nlink > 1:
            others = f"{status.st_nlink - 1} other {'name' if status.st_nlink == 2 else 'names'} (hard links)"
            if not self.job.break_links:
                raise RefusedError(f"has {others}, which would keep the old text: use --break-links")
            remarks.append(
                f"{others} of it still hold the old text: what of them is below the same paths, a second run does"
            )
        with Lease(fd) as lease:
            if lease.open and not self.job.even_if_open:
                raise RefusedError(_open_now(fd))
            if lease.open:
                remarks.append(f"is open for writing{named_writers(fd)}: what is written there from now on is lost")
            elif not lease.sure:
                remarks.append("whether somebody is writing it could not be looked at for all processes")
        return "; ".join(remarks)

    def _put(self, folder: Folder, name: str, fd: int, status: os.stat_result, out: _Output) -> None:
        """Put the new file in place of the old one, if that is still what was read; take it back if it was not."""
        with Lease(fd) as lease:
            if lease.open and not self.job.even_if_open:
                raise RefusedError(_open_now(fd))
            if _changed(status, os.fstat(fd)) or not os.path.samestat(status, folder.stat(name)):
                raise RefusedError(_CHANGED)
            # The old file keeps a name until it is sure that nobody began to write it in this very moment.
            lock(fd)
            second = temporary_name()
            try:
                folder.link(name, second)
            except OSError:  # a file system without links
                second = ""
            try:
                out.put(name)
                if second and (lease.wanted or _written(status, os.fstat(fd))):
                    folder.replace(second, name)
                    second = ""
                    raise RefusedError("was opened for writing just when it should be replaced")
            finally:
                if second:
                    discard(folder, second)

    def _copied(
        self, task: Task, target: Place, fd: int, status: os.stat_result, beat: Beat, started: Outcome
    ) -> Outcome:
        def place(stack: ExitStack) -> Folder:
            return stack.enter_context(Folder(target.root, target.parts, make=True))

        with _Output(place, hashed=self.manifest is not None) as out:
            original = _Original(task, fd, hashed=self.manifest is not None)
            with original.reader() as reader:
                # A compressed file without findings is copied as it is. A plain one may be growing, and is read once.
                again = original.again if reader.compression and not self.job.dry_run else None
                done = self._rewritten(reader, None if self.job.dry_run else out.write, again, beat)
            if again is not None and reader.problem and not done.changed:
                # What could not be read must not come along either.
                with original.again() as reader:
                    done = self._rewritten(reader, out.write, None, beat)
                again = None
            outcome = replace(
                started,
                target=target.path,
                reason=_shortfall(reader, done),
                before=original.content,
                rules=dict(done.rules),
            )
            if self.job.dry_run:
                return outcome
            if again is not None:
                if not done.changed:
                    original.copy(out.write)
                if _changed(status, os.fstat(fd)):
                    raise RefusedError(_CHANGED)
            out.open()
            if out.is_same(target.name, status):
                raise RefusedError("the output is the input")
            if hasattr(os, "fchmod"):
                os.fchmod(out.fd, stat.S_IMODE(status.st_mode) & 0o777)
            keep_times(out.fd, status)
            out.sync()
            out.put(target.name)
            return replace(outcome, after=out.content)

    def _rewritten(
        self,
        reader: Reader,
        write: Callable[[bytes], object] | None,
        again: Callable[[], Reader] | None,
        beat: Beat,
    ) -> Rewritten:
        return rewrite(
            reader,
            write,
            self.scrubber.detector,
            self.scrubber.redactor,
            again=again,
            beat=lambda: beat(reader.raw),
        )


class _File(io.RawIOBase):
    """An open file, read from its beginning, whoever else reads it too, to where it ends now: it may be growing.

    Args:
        fd: the file.
        end: its size.
        digest: is given what is read.
    """

    def __init__(self, fd: int, end: int, digest: hashlib._Hash | None = None) -> None:
        self._file = fd
        self._end = end
        self._digest = digest
        self.place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        size = max(0, self._end - self.place) if size < 0 else min(size, self._end - self.place)
        if hasattr(os, "pread"):
            data = os.pread(self._file, size, self.place)
        else:
            os.lseek(self._file, self.place, os.SEEK_SET)
            data = os.read(self._file, size)
        self.place += len(data)
        if self._digest is not None:
            self._digest.update(data)
        return data


class _Original:
    """The file to be done: opened as text, once or again.

    Args:
        task: says how it is called.
        fd: the file.
        hashed: take the digest of what is read.
    """

    def __init__(self, task: Task, fd: int, *, hashed: bool) -> None:
        self._source = Source(task.path, task.size, task.named)
        self._open = partial(_File, fd, os.fstat(fd).st_size)
        self._digest = hashlib.sha256() if hashed else None
        self._file = self._open(self._digest)

    def reader(self) -> Reader:
        """Open it."""
        return Reader(self._source, file=self._file)  # type: ignore[arg-type]

    def again(self) -> Reader:
        """Open it once more, while the first reader goes on."""
        return Reader(self._source, file=self._open())  # type: ignore[arg-type]

    @property
    def content(self) -> Content | None:
        """What was read by the first reader."""
        return None if self._digest is None else Content(self._file.place, self._digest.hexdigest())

    def copy(self, write: Callable[[bytes], object]) -> None:
        """Pass on, as it is, what was read by the first reader."""
        file = self._open()
        while file.place < self._file.place:
            data = file.read(min(_CHUNK, self._file.place - file.place))
            if not data:
                return
            write(data)


class _Output:
    """A temporary file that is made when there is something to write. A context manager.

    Args:
        folder: gives the folder it lies in; what it enters into the stack is left at the end.
        hashed: take the digest of what is written.
    """

    def __init__(self, folder: Callable[[ExitStack], Folder], *, hashed: bool) -> None:
        self._folder_of = folder
        self._stack = ExitStack()
        self._folder: Folder | None = None
        self._temporary: Temporary | None = None
        self._digest = hashlib.sha256() if hashed else None
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stack.close()

    def open(self) -> Temporary:
        """Make the file, if it is not there yet."""
        if self._temporary is None:
            self._folder = self._folder_of(self._stack)
            self._temporary = self._stack.enter_context(Temporary(self._folder))
        return self._temporary

    @property
    def fd(self) -> int:
        """The file, open for writing."""
        return self.open().fd

    @property
    def content(self) -> Content | None:
        """What was written."""
        return None if self._digest is None else Content(self._size, self._digest.hexdigest())

    def write(self, data: bytes) -> None:
        """Write all of ``data``."""
        self.open().write(data)
        self._size += len(data)
        if self._digest is not None:
            self._digest.update(data)

    def sync(self) -> None:
        """Have it on the disk."""
        self.open().sync()

    def is_same(self, name: str, status: os.stat_result) -> bool:
        """Say whether the file it would replace is the one of that status."""
        assert self._folder is not None
        try:
            return os.path.samestat(self._folder.stat(name), status)
        except FileNotFoundError:
            return False

    def put(self, name: str) -> None:
        """Put it in place, and have the disk know."""
        assert self._folder is not None
        self.open().put(name)
        self._folder.sync()


@contextmanager
def _opened(folder: Folder, name: str) -> Iterator[int]:
    fd = folder.open(name, os.O_RDONLY)
    try:
        yield fd
    finally:
        os.close(fd)


def _open_now(fd: int) -> str:
    return f"is open for writing{named_writers(fd)}: rotate the log first, then redact what was rotated"


def _changed(before: os.stat_result, now: os.stat_result) -> bool:
    return _written(before, now) or before.st_ctime_ns != now.st_ctime_ns


def _written(before: os.stat_result, now: os.stat_result) -> bool:
    return (before.st_size, before.st_mtime_ns) != (now.st_size, now.st_mtime_ns)


def _shortfall(reader: Reader, done: Rewritten) -> str:
    """Say what of the source the copy lacks."""
    lacks = [reader.problem] if reader.problem else []
    if done.unjudged:
        lacks.append(f"{done.unjudged} records took too long to judge and were left out")
    return "; ".join(lacks)
