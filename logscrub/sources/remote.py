"""Objects of remote filesystems, any fsspec knows, read in ranges ahead of their use.

What is read is one state of an object: after each range it is looked whether the object is still the one that was
found.
"""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

from logscrub.errors import MissingExtraError, SourceError
from logscrub.sources.paths import Source
from logscrub.sources.urls import PACKAGES, WEB, may_pass, options_of, reason

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_T = TypeVar("_T")

READ = 1 << 20
RANGE = 8 << 20
"""Bytes of one request, once it is clear that an object is read from front to back."""
_FIRST = 1 << 18
TRIES = 4
"""One, and three more after errors that may pass."""
_PAUSE = 0.5

# What filesystems call the state of an object, the most telling first: a version, a digest, a time of change.
_STATES = ("VersionId", "version_id", "generation", "ETag", "etag", "md5Hash", "content_md5", "Content-MD5", "Digest")
_TIMES = ("mtime", "LastModified", "last_modified", "Last-Modified", "updated", "modificationTime", "created")


class ChangedError(SourceError):
    """An object is not any more what it was when reading it began."""


def filesystem(url: str, options: tuple[str, ...]) -> tuple[AbstractFileSystem, str]:
    """Return the filesystem a URL leads to, and the name of the URL's object there.

    Raises:
        SourceError: there is none, it cannot be reached, or a package is missing; the text names the package.
    """
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise SourceError(str(MissingExtraError("reading URLs", "remote"))) from None
    given = options_of(options)
    scheme = url.rpartition("::")[2].partition("://")[0].lower()
    try:
        if scheme in WEB and "::" not in url:
            given = {**_patience(), **given}
        fs, root = url_to_fs(url, **given)
    except ImportError as error:
        package = PACKAGES.get(scheme)
        need = f"pip install {package}" if package else reason(error)
        raise SourceError(f"{scheme}:// needs a package that is not installed: {need}") from None
    except ValueError as error:
        if "rotocol not known" in str(error):
            raise SourceError(f"no filesystem is known for {scheme}://") from None
        raise SourceError(reason(error)) from None
    except TypeError:
        raise SourceError(f"the filesystem of {scheme}:// does not take these storage options") from None
    except Exception as error:
        raise SourceError(reason(error)) from None
    return fs, root


def _patience() -> dict[str, Any]:
    """A large object takes as long as it takes; a connection that gives nothing for a minute is dead."""
    import aiohttp

    return {"client_kwargs": {"timeout": aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=60)}}


def state_of(info: Mapping[str, Any]) -> str:
    """Return what tells one state of an object from another, as its filesystem says it; empty if it does not.

    >>> state_of({"ETag": '"9b2c"', "LastModified": "today"}), state_of({"mtime": 12.5}), state_of({"size": 3})
    ('9b2c', 'mtime:12.5', '')
    """
    for name in _STATES:
        if info.get(name):
            value = info[name]
            return value.hex() if isinstance(value, (bytes, bytearray)) else str(value).strip('"')
    for name in _TIMES:
        if info.get(name):
            return f"mtime:{info[name]}"
    return ""


def modified_of(info: Mapping[str, Any]) -> float | None:
    """Return when an object was last written, seconds since 1970, if its filesystem says.

    >>> modified_of({"LastModified": "Thu, 01 Jan 2026 00:00:00 GMT"})
    1767225600.0
    """
    for name in _TIMES:
        value = info.get(name)
        if isinstance(value, datetime):
            return value.timestamp()
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return value / 1000 if value > 1e11 else float(value)
        if isinstance(value, str):
            try:
                return parsedate_to_datetime(value).timestamp()
            except ValueError:
                continue
    return None


def open_url(source: Source) -> RemoteFile:
    """Open an object that :func:`expand_url` found, for reading.

    Raises:
        SourceError: it cannot be opened, or is not any more what was found.
    """
    return RemoteFile(source)


def read_range(source: Source, start: int, end: int) -> Iterator[bytes]:
    """Yield the bytes of a part of an object, the next range being fetched while this one is used.

    Raises:
        SourceError: it cannot be read, or changed.
    """
    with RemoteFile(source, end) as file:
        file.seek(start)
        while chunk := file.read(min(READ, end - file.tell())):
            yield chunk


class RemoteFile(io.RawIOBase):
    """An object as a binary file, seekable unless the server gives it as one stream.

    Who reads on gets larger and larger ranges, each fetched by a thread while the one before is used; who jumps gets
    what is asked for and a little more. Errors are :class:`SourceError`, with texts that may be shown.

    Args:
        source: the object.
        end: read no further than this.

    Attributes:
        size: bytes of the object, or None if nobody can tell.
    """

    def __init__(self, source: Source, end: int | None = None) -> None:
        super().__init__()
        if source.remote is None:
            raise SourceError("is no remote object")
        self._remote = source.remote
        self._fs, _ = filesystem(source.remote.url, source.remote.options)
        self._helper: ThreadPoolExecutor | None = None
        self._next: tuple[int, Future[bytes]] | None = None
        self._stream: Any = None
        self._stopping = threading.Event()
        self._window = memoryview(b"")
        self._start = 0  # of the window
        self._at = 0
        self._step = _FIRST
        self.size = source.size
        if source.size is None:
            self._end = end
            self._open_stream()
        else:
            self._check()
            self._end = source.size if end is None else min(end, source.size)

    def readable(self) -> bool:
        """Return true."""
        return True

    def seekable(self) -> bool:
        """Say whether any place can be gone to."""
        return self._stream is None

    def tell(self) -> int:
        """Return the offset of the next byte."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to an offset.

        Raises:
            io.UnsupportedOperation: the object is a stream, and the place is before this one.
        """
        if whence == io.SEEK_CUR:
            offset += self._at
        elif whence == io.SEEK_END:
            if self._end is None:
                raise io.UnsupportedOperation("the length of a stream is not known")
            offset += self._end
        if self._stream is not None:
            if offset < self._at:
                raise io.UnsupportedOperation("a stream cannot be read twice")
            while self._at < offset and self.read(min(READ, offset - self._at)):
                pass
        else:
            self._at = max(0, offset)
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes; fewer at the end only.

        Raises:
            SourceError: they cannot be read, or the object changed.
        """
        if size is None or size < 0:
            return self.readall()
        data = self._some(size)
        if len(data) == size or not data:
            return data
        parts, left = [data], size - len(data)
        while left and (data := self._some(left)):
            parts.append(data)
            left -= len(data)
        return b"".join(parts)

    def _some(self, size: int) -> bytes:
        """Return so many bytes or fewer, none at the end only."""
        if self._end is not None:
            size = min(size, self._end - self._at)
        if size <= 0:
            return b""
        if self._stream is not None:
            return self._from_stream(size)
        skip = self._at - self._start
        if not 0 <= skip < len(self._window):
            if not self._turn(size):
                return self._from_stream(size)
            skip = 0
        data = bytes(self._window[skip : skip + size])
        self._at += len(data)
        return data

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer, as far as one range goes."""
        data = self._some(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def read_at(self, at: int, count: int) -> bytes:
        """Return so many bytes at an offset; fewer at the end only."""
        self.seek(at)
        return self.read(count)

    def close(self) -> None:
        """Let go of what was fetched ahead."""
        if not self.closed:
            self._stopping.set()
            self._window = memoryview(b"")
            if self._helper is not None:
                self._helper.shutdown(wait=False, cancel_futures=True)
            if self._stream is not None:
                self._stream.close()
        super().close()

    def _turn(self, size: int) -> bool:
        """Make the window begin where it is read next. False: this server knows no ranges, there is a stream now."""
        at = self._at
        went_on = at == self._start + len(self._window)
        ahead, self._next = self._next, None
        if ahead is not None and ahead[0] == at:
            data = ahead[1].result()
        else:
            if ahead is not None:
                ahead[1].cancel()
            if not went_on:
                self._step = _FIRST
            data = self._fetch(at, self._reach(at, min(RANGE, max(size, self._step))))
            if self._stream is not None:
                return False
        self._window, self._start = memoryview(data), at
        if went_on:
            self._step = min(RANGE, self._step * 2)
            start = at + len(data)
            end = self._reach(start, self._step)
            if data and start < end:
                if self._helper is None:
                    self._helper = ThreadPoolExecutor(1, thread_name_prefix="logscrub-read-ahead")
                self._next = start, self._helper.submit(self._fetch, start, end)
        return True

    def _reach(self, start: int, count: int) -> int:
        return start + count if self._end is None else min(self._end, start + count)

    def _fetch(self, start: int, end: int) -> bytes:
        try:
            data: bytes = retried(lambda: self._part(start, end), self._stopping)
        except SourceError:
            raise
        except Exception as error:
            raise SourceError(reason(error)) from None
        if len(data) != end - start and start == 0 and len(data) == self.size:
            self._open_stream()
            return b""
        self._check()
        if len(data) != end - start:
            raise SourceError("the server does not give the ranges it is asked for")
        return data

    def _part(self, start: int, end: int) -> bytes:
        data: bytes = self._fs.cat_file(self._remote.key, start=start, end=end)
        if len(data) < end - start:
            raise ConnectionError("the server gave less than it was asked for")
        return data

    def _check(self) -> None:
        """Raise ChangedError if the object is another one by now. A log may grow."""
        key, etag = self._remote.key, self._remote.etag
        try:
            self._fs.invalidate_cache(key)
            info = retried(lambda: self._fs.info(key), self._stopping)
        except Exception as error:
            raise SourceError(reason(error)) from None
        size, now = info.get("size"), state_of(info)
        if size is None or self.size is None:
            return
        grew = etag.startswith("mtime:") and now.startswith("mtime:") and size > self.size
        if not grew and (size != self.size or now != etag):
            raise ChangedError("was changed while it was read")

    def _open_stream(self) -> None:
        try:
            self._stream = retried(lambda: self._fs.open(self._remote.key, "rb", block_size=0))
        except Exception as error:
            raise SourceError(reason(error)) from None

    def _from_stream(self, size: int) -> bytes:
        try:
            data: bytes = self._stream.read(size)
        except Exception as error:
            raise SourceError(reason(error)) from None
        if not data and self._end is not None and self._at < self._end:
            raise SourceError("the connection ended before the object did")
        self._at += len(data)
        return data


def retried(call: Callable[[], _T], stopping: threading.Event | None = None) -> _T:
    """Return what a call returns, trying again after errors that may pass, with longer and longer pauses.

    Raises:
        Exception: that of the last try, or of the first that will not pass.
    """
    for tried in range(1, TRIES):
        try:
            return call()
        except Exception as error:
            if not may_pass(error) or (stopping is not None and stopping.is_set()):
                raise
        pause = _PAUSE * 2 ** (tried - 1)
        if stopping is None:
            time.sleep(pause)
        else:
            stopping.wait(pause)
    return call()
