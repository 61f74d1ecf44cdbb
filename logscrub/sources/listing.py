"""What a URL stands for: one object, all under a prefix, or those that match."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.request import url2pathname

from logscrub.errors import SourceError
from logscrub.sources.paths import Remote, Source, Unread, expand
from logscrub.sources.remote import filesystem, modified_of, retried, state_of
from logscrub.sources.urls import LOCAL, MAGIC, WEB, is_missing, reason, shown

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_MOST_LINKS = 100_000
_DEEPEST = 32


def expand_url(url: str, options: Sequence[str] = ()) -> Iterator[Source | Unread]:
    """Yield the objects a URL stands for, in a stable order: one, all under a prefix, or those a glob matches.

    Args:
        url: any URL fsspec can open. A local one (``file://``) is read as the path it names.
        options: ``KEY=VALUE`` for the filesystem (:func:`options_of`).

    Nothing is raised: what cannot be listed is an :class:`Unread`.
    """
    scheme = url.partition("://")[0].lower()
    if scheme in LOCAL:
        yield from expand([_local(url)])
        return
    try:
        fs, root = filesystem(url, tuple(options))
        listing = _Listing(fs, url, root, tuple(options))
        yield from listing.named()
    except SourceError as error:
        yield Unread(shown(url), str(error))
    except Exception as error:
        yield Unread(shown(url), reason(error))


def _local(url: str) -> str:
    path = url.partition("://")[2].removeprefix("localhost")
    return path if os.path.lexists(path) else url2pathname(path)


class _Listing:
    """What lies under one URL."""

    def __init__(self, fs: AbstractFileSystem, url: str, root: str, options: tuple[str, ...]) -> None:
        self._fs = fs
        self._url = url
        self._root = root
        self._options = options
        self._web = url.partition("://")[0].lower() in WEB
        # The scheme and the host, which some filesystems take off names.
        self._before = url[: -len(root)] if root and url.endswith(root) else ""

    def named(self) -> Iterator[Source | Unread]:
        """Yield what the URL stands for."""
        if self._web and self._url.endswith("/"):
            yield from self._index(self._url)
            return
        info = self._info(self._root)
        if info is not None:
            yield from self._entry(info, named=True)
            return
        magic = "*" in self._url if self._web else MAGIC.search(self._root) is not None
        found = retried(lambda: self._fs.glob(self._root, detail=True)) if magic else {}
        for name in sorted(found):
            yield from self._entry({**found[name], "name": name}, named=True)
        if not found:
            yield Unread(shown(self._url), "nothing matches" if magic else "no such file or directory")

    def _info(self, name: str) -> Mapping[str, Any] | None:
        if self._web and "*" in name:
            return None
        try:
            info: Mapping[str, Any] = retried(lambda: self._fs.info(name))
        except FileNotFoundError as error:
            if not is_missing(error):
                raise
            return None
        return {**info, "name": name} if self._web else info

    def _entry(self, info: Mapping[str, Any], *, named: bool) -> Iterator[Source | Unread]:
        kind = info["type"]
        if kind == "file":
            yield self._source(info, named=named)
        elif kind == "directory" and self._web:
            yield from self._index(info["name"])
        elif kind == "directory":
            yield from self._directory(info["name"])
        else:
            yield Unread(self._shown(info["name"]), f"is no regular file ({kind}), skipped", error=named)

    def _directory(self, root: str) -> Iterator[Source | Unread]:
        if _lists_prefixes(self._fs):
            found = retried(lambda: self._fs.find(root, detail=True))
            for name in sorted(found):
                if not name.endswith("/"):  # an object of no bytes that stands for a directory
                    yield from self._entry({**found[name], "name": name}, named=False)
            return
        pending = [root]
        while pending:
            folder = pending.pop()
            try:
                entries = retried(lambda folder=folder: self._fs.ls(folder, detail=True))  # type: ignore[misc]
            except Exception as error:
                yield Unread(self._shown(folder), reason(error))
                continue
            folders = []
            for info in sorted(entries, key=lambda one: str(one["name"])):
                if info["type"] == "directory":
                    folders.append(info["name"])
                elif info["type"] == "link" or info.get("islink"):
                    yield Unread(self._shown(info["name"]), "symbolic link, not followed", error=False)
                else:
                    yield from self._entry(info, named=False)
            pending.extend(reversed(folders))

    def _index(self, root: str) -> Iterator[Source | Unread]:
        """Yield what a page that lists files links to, further down only; a page that links to nothing is a file."""
        seen = {root}
        pending = [(root, 0)]
        found = False
        while pending:
            folder, depth = pending.pop()
            try:
                links = retried(lambda folder=folder: self._fs.ls(folder, detail=False))  # type: ignore[misc]
            except Exception as error:
                yield Unread(self._shown(folder), reason(error))
                found = True
                continue
            folders = []
            for link in sorted(links):
                if link in seen or not link.startswith(folder) or "?" in link or "/../" in link:
                    continue
                found = True
                if len(seen) > _MOST_LINKS or depth > _DEEPEST:
                    yield Unread(self._shown(folder), "links to too much, the rest is not read")
                    return
                seen.add(link)
                if link.endswith("/"):
                    folders.append((link, depth + 1))
                    continue
                try:
                    info = self._info(link)
                except Exception as error:
                    yield Unread(self._shown(link), reason(error))
                    continue
                if info is None:
                    yield Unread(self._shown(link), "no such file or directory")
                else:
                    yield self._source(info, named=False)
            pending.extend(reversed(folders))
        if not found:
            info = self._info(root)
            if info is not None:
                yield self._source(info, named=True)

    def _source(self, info: Mapping[str, Any], *, named: bool) -> Source:
        name, size = str(info["name"]), info.get("size")
        remote = Remote(self._url, name, state_of(info), modified_of(info), self._options)
        return Source(self._shown(name), None if size is None else int(size), named, remote)

    def _shown(self, name: str) -> str:
        if self._web:
            return shown(name)
        if self._before:
            return shown(self._before + name)
        return shown(str(self._fs.unstrip_protocol(name)))


def _lists_prefixes(fs: AbstractFileSystem) -> bool:
    """Tell whether a filesystem has no directories, and lists all that is under a prefix at one go."""
    from fsspec.asyn import AsyncFileSystem

    return isinstance(fs, AsyncFileSystem) and type(fs)._find is not AsyncFileSystem._find
