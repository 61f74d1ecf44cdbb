"""Following files by their names through rotation."""

from __future__ import annotations

import contextlib
import glob
import os
import select
import socket
import stat
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from logscrub.audit.engine import Engine, Job
from logscrub.errors import SourceError
from logscrub.findings import MAX_FINDINGS
from logscrub.model import Severity
from logscrub.policy import Policy, as_policy
from logscrub.sources import STDIN, NotTextError, Source, Unread, expand
from logscrub.sources.paths import reason_of
from logscrub.sources.raw import ReadAt, opened_again, reading
from logscrub.sources.rotation import rotated
from logscrub.watch.files import KNOWN, STEP, Descriptors, Followed, Identity, Text, identity_of, refusal
from logscrub.watch.judge import Seen
from logscrub.watch.stream import Stream
from logscrub.watch.told import Report, Teller

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

LIST_EVERY = 2.0
"""Seconds between looks for new files. It is longer where looking takes long."""
WAIT = 1.0
"""Seconds without a further byte after which half a line is judged."""
LINGER = 10.0
"""Seconds without a further byte after which a file is let go whose name is another file's, or that is deleted."""
_LINGER_RENAMED = 600.0  # … and one that was renamed while nothing new has its name
_LAST = 5.0  # seconds for what is left to read at the end
_LISTING_SHARE = 50
_MOST_FILES = 10_000
_MOST_OPEN = 1024
_STEPS = 4  # reads of a file before the next one has its turn


@dataclass
class Stats:
    """What a watch did so far.

    Attributes:
        findings: occurrences, by rule and severity.
        bytes, lines: that were read.
        rotations: how often a name got another file, or a file was cut off.
        unread: how often something could not be read or judged.
        files: that are followed now.
        behind: bytes that are there and were not read yet.
    """

    findings: Counter[tuple[str, str]] = field(default_factory=Counter)
    bytes: int = 0
    lines: int = 0
    rotations: int = 0
    unread: int = 0
    files: int = 0
    behind: int = 0


@dataclass(eq=False)
class _Name:
    """A path that is looked at.

    Attributes:
        given: somebody named it: it is waited for.
        linked: links are followed.
        file: the file that has it now.
        before: the one that had it before.
        lost: when that lost it.
    """

    path: str
    given: bool
    linked: bool
    file: Followed | None = None
    before: Followed | None = None
    lost: float = 0.0


class Watch:
    """Follows logs and tells what is found in what is written to them.

    Args:
        paths: files, which need not be there yet, directories, globs, and ``-`` for standard input.
        on_finding: is called for each finding that is told.
        on_remark: is called for what is not read, once for each reason; an ``error`` is what should have been.
        policy: what to look for, or the name of a profile. By default, what the built-in rules have on by default.
        from_start: read what is there already, too.
        interval: seconds between looks at the files.
        every: seconds within which a value is told once; 0 to tell every occurrence.
        min_severity: less severe findings are left out.
        until_idle: end when nothing was written for so many seconds.

    Attributes:
        stats: what was done so far; other threads may look at it.

    Raises:
        SourceError: a path is a URL.
        PackError, ConfigError: the policy is wrong.
    """

    def __init__(
        self,
        paths: Iterable[str | os.PathLike[str]],
        on_finding: Callable[[Report], None],
        on_remark: Callable[[Unread], None] = lambda _: None,
        *,
        policy: Policy | str | None = None,
        from_start: bool = False,
        interval: float = 0.5,
        every: float = 60.0,
        min_severity: Severity | None = None,
        until_idle: float | None = None,
    ) -> None:
        names = list(dict.fromkeys(os.fspath(path) for path in paths))
        for name in names:
            if "://" in name and not os.path.lexists(name):
                raise SourceError("a URL cannot be followed: name files, directories, globs or -")
        self.stats = Stats()
        self._engine = Engine.of(Job.of(as_policy(policy), None, MAX_FINDINGS).policy)
        self._on_remark = on_remark
        self._teller = Teller(every, on_finding)
        self._min_severity = min_severity
        self._from_start = from_start
        self._interval = interval
        self._until_idle = until_idle
        self._given = [name for name in names if name != STDIN]
        self._names: dict[str, _Name] = {}
        self._files: dict[Identity, Followed] = {}
        self._cut_off: dict[Text, Identity] = {}  # by the file they were in; a copy of it may be found
        self._remarks: dict[str, str] = {}
        self._descriptors = Descriptors(_most_open())
        self._waker: socket.socket | None = None
        self._stream = Stream(Text(self._engine, STDIN, self), self._wake) if STDIN in names else None
        self._stopping = self._began = False
        self._list_at = 0.0
        self._list_every = LIST_EVERY
        self._last = 0.0  # when something came

    # --- what is told

    def seen(self, seen: Seen, line: int) -> None:
        """Take note of an occurrence."""
        finding = seen.finding
        if self._min_severity is None or finding.severity >= self._min_severity:
            self.stats.findings[finding.rule, str(finding.severity)] += 1
            self._teller.seen(finding, replace(seen.place, line=line))

    def problem(self, path: str, reason: str) -> None:
        """Take note of what cannot be judged."""
        self.stats.unread += 1
        self._on_remark(Unread(path, reason))

    def _remark(self, path: str, reason: str, *, error: bool = True) -> None:
        """Say once why something is not read."""
        if self._remarks.get(path) != reason:
            self._remarks[path] = reason
            self.stats.unread += error
            self._on_remark(Unread(path, reason, error))

    # --- the loop

    def run(self) -> Stats:
        """Follow until ``stop`` is called, or nothing more comes. What is held is judged then."""
        woken, waker = socket.socketpair()
        waker.setblocking(False)
        self._waker = waker
        try:
            if self._stream is not None:
                self._stream.start()
            self._last = time.monotonic()
            while not self._stopping:
                more = self._turn()
                self._teller.tell_due()
                if self._is_over():
                    break
                if not more and select.select([woken], [], [], self._interval)[0]:
                    woken.recv(1 << 12)
            end = time.monotonic() + _LAST
            while self._turn() and time.monotonic() < end:
                pass
            for text in self._texts():
                self._judge(text, text.settle)
            self._teller.tell_all()
            return self.stats
        finally:
            self._descriptors.close_all()
            self._waker = None
            woken.close()
            waker.close()

    def stop(self) -> None:
        """Make ``run`` return soon. A signal handler or another thread may call it."""
        self._stopping = True
        self._wake()

    def _wake(self) -> None:
        waker = self._waker
        if waker is not None:
            with contextlib.suppress(OSError):  # there is enough in it already, or the watch is over
                waker.send(b"\0")

    def _is_over(self) -> bool:
        stream = self._stream
        if stream is not None and stream.ended and not self._given:
            return True
        return self._until_idle is not None and time.monotonic() - self._last >= self._until_idle

    def _turn(self) -> bool:
        """Look at everything once, and say whether there is more to read at once."""
        now = time.monotonic()
        if now >= self._list_at:
            self._list()
        for name in list(self._names.values()):
            self._look(name, now)
        self._began = True
        more = self._stream is not None and self._hear(self._stream, now)
        for file in list(self._files.values()):
            if file.left is not None:
                self._look_after(file, now)
            before = file.after
            if before is not None and not (before.ready and before.identity in self._files):
                before = file.after = None
            if file.ready and before is None:
                more |= self._read(file, now)
        for text in list(self._texts()):
            if text.waiting and now - text.since >= WAIT:
                self._judge(text, text.settle)
        self._forget_cut_off(now)
        self.stats.files = sum(not file.refused for file in self._files.values())
        self.stats.behind = sum(file.behind for file in self._files.values())
        return more

    def _texts(self) -> Iterator[Text]:
        for file in self._files.values():
            yield file.text
        yield from self._cut_off
        if self._stream is not None:
            yield self._stream.text

    def _judge(self, text: Text, judge: Callable[[], object]) -> None:
        before = text.lines
        judge()
        self.stats.lines += text.lines - before

    def _hear(self, stream: Stream, now: float) -> bool:
        read = 0

        def turn() -> None:
            nonlocal read
            read = stream.turn(now)

        self._judge(stream.text, turn)
        self.stats.bytes += read
        if read:
            self._last = now
        if stream.problem:
            self._remark(STDIN, stream.problem)
        return read > 0

    # --- names

    def _list(self) -> None:
        """Find the names there are."""
        begun = time.monotonic()
        for path in self._given:
            literal = os.path.lexists(path) or not glob.has_magic(path)
            if literal and path not in self._names and not os.path.isdir(path):
                self._names[path] = _Name(path, given=True, linked=True)
        for found in expand(self._given):
            if isinstance(found, Unread):
                if found.error and found.path in self._given and not os.path.lexists(found.path):
                    self._remark(found.path, "is not there yet", error=False)
                elif found.error:
                    self._remark(found.path, found.reason)
            elif found.path not in self._names:
                if len(self._names) >= _MOST_FILES:
                    self._remark(found.path, f"is not followed: there are more than {_MOST_FILES:,} files")
                    break
                self._names[found.path] = _Name(found.path, given=False, linked=found.named)
        now = time.monotonic()
        self._list_every = max(LIST_EVERY, (now - begun) * _LISTING_SHARE)
        self._list_at = now + self._list_every

    def _look(self, name: _Name, now: float) -> None:
        """Look which file has a name now."""
        try:
            status = os.stat(name.path) if name.linked else os.lstat(name.path)
        except (FileNotFoundError, NotADirectoryError):
            if name.file is not None:
                self._lose(name, now)
            if not name.given and now - name.lost > LINGER:  # until then, another file may come in its place
                del self._names[name.path]
                self._remarks.pop(name.path, None)
            return
        except (OSError, ValueError) as error:
            self._remark(name.path, reason_of(error))
            return
        if not stat.S_ISREG(status.st_mode):
            if name.file is not None:
                self._lose(name, now)
            if not stat.S_ISDIR(status.st_mode):
                self._remark(name.path, "is no regular file, not followed")
            return
        if name.file is not None and name.file.identity != identity_of(status):
            self._lose(name, now)
        if name.file is None:
            self._take_up(name, status, now)
        if name.file is not None:
            name.file.look(status)

    def _lose(self, name: _Name, now: float) -> None:
        """Go on with a file that does not have a name any more."""
        file, name.file = name.file, None
        assert file is not None
        name.before, name.lost = file, now
        other = next((one for one in self._names.values() if one.file is file), None)
        if other is not None:
            file.renamed = other.path
            return
        file.left, file.replaced = now, False
        try:
            self._descriptor(file)  # while it may still be found
        except OSError:
            self._let_go(file)

    def _take_up(self, name: _Name, status: os.stat_result, now: float) -> None:
        """Follow the file that has a name now."""
        identity = identity_of(status)
        before, name.before = name.before, None
        if before is not None:
            self.stats.rotations += 1
            before.replaced = True
            before = self._missed(before, name.path, identity, now)
        file = self._files.get(identity)
        if file is None:
            old = not self._began and not self._from_start
            start = status.st_size if old else 0
            file = self._files[identity] = Followed(identity, self._text(name.path, identity), start, new=self._began)
            file.after = before
        elif file.left is not None:
            file.left, file.renamed = None, name.path
        name.file = file

    def _missed(self, before: Followed, path: str, identity: Identity, now: float) -> Followed:
        """Follow the files that had a name between two looks at it, as far as rotation left them beside it.

        Returns:
            The one that had it last.
        """
        beside = self._beside(path)
        places = [place for place, (_, one) in enumerate(beside) if one == before.identity]
        if not places:
            return before
        for other, one in beside[places[0] + 1 :]:
            if other == path:
                break
            if one not in self._files and one != identity and not self._is_packed(other, one):
                file = self._files[one] = Followed(one, self._text(other, one), 0, new=True)
                file.left, file.replaced, file.after = now, True, before
                with contextlib.suppress(OSError):
                    file.look(os.fstat(self._descriptor(file)))
                before = file
        return before

    def _is_packed(self, path: str, identity: Identity) -> bool:
        with contextlib.suppress(OSError), open(opened_again(Source(path)), "rb") as file:
            return identity_of(os.fstat(file.fileno())) != identity or bool(refusal(file.read(KNOWN), path))
        return True

    def _beside(self, path: str) -> list[tuple[str, Identity]]:
        """Return the regular files that a path and its rotated ones are, the oldest first."""
        found: dict[str, Identity] = {}
        folder = os.path.dirname(path)
        with contextlib.suppress(OSError), os.scandir(folder or os.curdir) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(status.st_mode):
                        found[os.path.join(folder, entry.name)] = identity_of(status)
        sets = rotated([path, *(one for one in found if one != path)])
        return [(one, found[one]) for one in sets[0] if one in found]

    # --- files

    def _descriptor(self, file: Followed) -> int:
        def paths() -> Iterator[str]:
            yield file.text.path
            if file.renamed:
                yield file.renamed
            folder = os.path.dirname(file.text.path)
            with os.scandir(folder or os.curdir) as entries:
                found = [entry.name for entry in entries if entry.inode() == file.identity[1]]
            yield from (os.path.join(folder, one) for one in found)

        return self._descriptors.get(file.identity, paths)

    def _look_after(self, file: Followed, now: float) -> None:
        """Look at a file that lost its name, and let it go once nobody writes to it."""
        try:
            status = os.fstat(self._descriptor(file))
        except OSError:
            self._let_go(file)
            return
        file.look(status)
        lost = file.replaced or status.st_nlink == 0
        if file.refused or (
            not file.ready
            and now - max(file.text.since, file.left or 0.0) > (LINGER if lost else _LINGER_RENAMED)
        ):  # fmt: skip
            self._let_go(file)

    def _let_go(self, file: Followed) -> None:
        self._judge(file.text, file.text.settle)
        file.text.live = False
        self._files.pop(file.identity, None)
        self._descriptors.close(file.identity)

    def _read(self, file: Followed, now: float) -> bool:
        """Read what a file has to give, or some of it, and say whether there is more."""
        for _ in range(_STEPS):
            try:
                piece = self._next(file, now)
            except NotTextError as error:
                file.refused = True
                self._remark(file.text.path, str(error), error=False)
                return False
            except FileNotFoundError:
                return False  # the next look at its name tells what became of it
            except OSError as error:
                self._remark(file.text.path, reason_of(error))
                return False
            text = file.text
            if piece:
                self.stats.bytes += len(piece)
                self._last = now
                self._judge(text, partial(text.take, piece, now))
            if len(piece) < STEP:
                file.done()
                if file.renamed:
                    text.path, file.renamed = file.renamed, ""
                return False
        return True

    def _next(self, file: Followed, now: float) -> bytes:
        fd = self._descriptor(file)
        read = reading(fd)
        self._remarks.pop(file.text.path, None)
        if file.start:
            file.text.begin_at(read, file.start)
            file.quiet, file.start = file.start, 0
        size = os.fstat(fd).st_size
        if size < max(file.text.offset, file.quiet):
            self._cut(file, now)
        if size <= file.quiet or (file.new and not self._is_new(file, fd, read)):
            return b""
        file.quiet = 0
        piece = file.text.more(read)
        if piece is None:
            self._cut(file, now)
            piece = file.text.more(read) if self._is_new(file, fd, read) else b""
        return piece or b""

    def _cut(self, file: Followed, now: float) -> None:
        """Begin anew with a file that was cut off; its end may be in a copy that was made before."""
        text = file.text
        self.stats.rotations += 1
        file.text = self._text(text.path, file.identity)
        file.quiet = 0
        file.new = True
        text.live, text.since, text.reader = False, now, None
        if not text.offset:
            return
        self._cut_off[text] = file.identity
        for path, identity in self._beside(text.path):
            if identity not in self._files:
                copy = Followed(identity, self._text(path, identity), 0, new=True)
                with contextlib.suppress(OSError):
                    fd = self._descriptor(copy)
                    copy.look(os.fstat(fd))
                    if copy.size >= text.offset and _holds(reading(fd), copy.size, text):
                        copy.left, copy.replaced = now, True
                        self._files[identity] = copy
                        file.after = self._missed(copy, text.path, file.identity, now)
                        return
                    self._descriptors.close(identity)

    def _text(self, path: str, identity: Identity) -> Text:
        text = Text(self._engine, path, self)
        text.reader = lambda: reading(self._descriptor(self._files[identity]))
        return text

    def _forget_cut_off(self, now: float) -> None:
        for text in [one for one in self._cut_off if now - one.since > max(LINGER, 3 * self._list_every)]:
            del self._cut_off[text]
            self._judge(text, text.settle)

    # --- copies

    def _is_new(self, file: Followed, fd: int, read: ReadAt) -> bool:
        """Find out whether a file that is new is a copy of what was or is being read, and where it goes on then.

        Returns:
            False if it is a copy of what is being read: what is in it is told of the other file.
        """
        size = os.fstat(fd).st_size
        if not size:
            return False
        path = file.text.path
        dead = [text for text, home in self._cut_off.items() if home != file.identity and _is_older(path, text.path)]
        if file.copy_of is not None and not file.copy_of.live:
            dead.append(file.copy_of)
        for text in dead:
            if not _holds(read, size, text):
                continue
            file.new, file.copy_of = False, None
            if text in self._cut_off and size >= text.offset:
                del self._cut_off[text]
                text.live, text.path, text.reader = True, file.text.path, file.text.reader
                file.text = text
            else:
                file.text.begin_after(read, min(size, text.offset))
            return True
        head = read(0, KNOWN)
        for other in list(self._files.values()):
            known = other.text.head[: len(head)]
            if other is file or other.new or other.left is not None or not known or not head.startswith(known):
                continue
            if not _is_older(path, other.text.path):
                continue
            at = min(size, other.text.offset)
            low = max(0, at - KNOWN)
            try:
                fd_of_other = self._descriptor(other)
                read_other = reading(fd_of_other)
                same = read_other(low, at - low) == read(low, at - low)
                longer = size > os.fstat(fd_of_other).st_size
                cut = not other.text.is_in(read_other)
            except OSError:
                continue
            if cut:  # which its next look finds out
                file.copy_of = other.text
                return False
            if not same:
                continue
            if not longer:
                file.copy_of = other.text
                return False
            file.text.begin_after(read, at)
            break
        else:
            file.text.skip_to(_data_from(fd))
        file.new, file.copy_of = False, None
        return True


def _is_older(path: str, other: str) -> bool:
    """Tell whether a file is called like one that rotation made of another one."""
    names = os.path.basename(path), os.path.basename(other)
    return names[0] != names[1] and rotated(names) == [list(names)]


def _holds(read: ReadAt, size: int, text: Text) -> bool:
    """Tell whether a file holds a copy of a text, as far as the text was read or a little less."""
    if not text.head or read(0, len(text.head)) != text.head:
        return False
    known = len(text.tail)
    low = text.offset - known
    # Of a copy that ends before what is known of the end, there is only the beginning to go by.
    return size <= low or read(low, min(known, size - low)) == text.tail[: size - low]


def _data_from(fd: int) -> int:
    """Return where the data of a file begins: a log that is cut off while it is written to begins with a hole."""
    if hasattr(os, "SEEK_DATA"):
        with contextlib.suppress(OSError):
            return os.lseek(fd, 0, os.SEEK_DATA)
    return 0


def _most_open() -> int:
    if not hasattr(resource, "getrlimit"):
        return _MOST_OPEN // 4
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return _MOST_OPEN if soft == resource.RLIM_INFINITY else max(8, min(_MOST_OPEN, soft // 2))
