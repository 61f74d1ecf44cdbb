"""Paths that entries of a baseline are about.

A pattern without a slash is the name of a file in any directory. One with a slash is a whole path: below the repository
the file is in, else below the working directory; absolute for a file elsewhere; or a URL. ``*``, ``?`` and ``[…]`` stay
within a directory, ``**`` stands for any number of them. A rotated log goes by the name of the one that is written to:
``app.log`` is ``app.log.1`` and ``app.log-20260301.gz`` as well.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from fnmatch import fnmatchcase
from glob import escape
from typing import NamedTuple

from logscrub.entries import project_path
from logscrub.sources.paths import STDIN
from logscrub.sources.rotation import order_of
from logscrub.sources.urls import is_url

EVERYWHERE = "**"
_SPECIAL = "*?["


class Names(NamedTuple):
    """What a file is called.

    Attributes:
        project: its path as the project knows it.
        base: the same, with the name of its set of rotated logs.
        absolute: both as absolute paths, where they are others.
    """

    project: str
    base: str
    absolute: tuple[str, ...] = ()

    @property
    def every(self) -> tuple[str, ...]:
        """All of them."""
        return self.project, self.base, *self.absolute


def names_of(path: str) -> Names:
    """Return what a file is called, by its path as it stands in a finding.

    >>> names_of("s3://logs/web/app.log.2.gz").every
    ('s3://logs/web/app.log.2.gz', 's3://logs/web/app.log')
    """
    if path == STDIN or is_url(path):
        return Names(path, _base(path))
    known, absolute = project_path(path), os.path.abspath(path).replace(os.sep, "/")
    return Names(known, _base(known), (absolute, _base(absolute)) if absolute != known else ())


def _base(path: str) -> str:
    folder, name, *_ = order_of(path)
    return folder + name


def pattern_for(path: str) -> str:
    """Return the pattern for a file, and those it is rotated to, and for no other.

    Args:
        path: the path as it stands in a finding.

    >>> pattern_for("s3://logs/[web]/app.log.2.gz"), pattern_for("-")
    ('s3://logs/[[]web]/app.log', '-')
    """
    pattern = escape(names_of(path).base)
    return pattern if "/" in pattern or path == STDIN else f"./{pattern}"


def is_plain(pattern: str) -> bool:
    """Whether a pattern stands for itself only."""
    return not any(letter in pattern for letter in _SPECIAL)


def plain_forms(names: Names) -> tuple[str, ...]:
    """Return the plain patterns that are about a file.

    >>> plain_forms(names_of("s3://logs/app.log.1"))
    ('s3://logs/app.log.1', 'app.log.1', 's3://logs/app.log', 'app.log')
    """
    forms: dict[str, None] = {}
    for one in names.every:
        forms[one if "/" in one else f"./{one}"] = None
        forms[one.rpartition("/")[2]] = None
    return tuple(forms)


def normalized(pattern: str) -> str:
    """Write a pattern the one way in which it is compared.

    >>> normalized("./logs/app.log"), normalized("./app.log")
    ('logs/app.log', './app.log')
    """
    below = pattern.removeprefix("./")
    return below if "/" in below else pattern


def matches(pattern: str, names: Names) -> bool:
    """Tell whether a pattern is about a file.

    >>> matches("s3://logs/**/*.log", names_of("s3://logs/a/b/web.log.1"))
    True
    >>> matches("s3://logs/*.log", names_of("s3://logs/a/web.log")), matches("web.*", names_of("s3://logs/a/web.log"))
    (False, True)
    """
    if pattern == EVERYWHERE:
        return True
    if "/" not in pattern:
        return any(fnmatchcase(one.rpartition("/")[2], pattern) for one in names.every)
    wanted = pattern.removeprefix("./").split("/")
    return any(_match(wanted, one.split("/")) for one in names.every)


def _match(wanted: Sequence[str], parts: Sequence[str]) -> bool:
    """Match part by part; only the last ``**`` ever needs another try, so it takes no more than their product."""
    at = part = 0
    again: tuple[int, int] | None = None
    while part < len(parts):
        if at < len(wanted) and wanted[at] == EVERYWHERE:
            again = at, part
            at += 1
        elif at < len(wanted) and fnmatchcase(parts[part], wanted[at]):
            at, part = at + 1, part + 1
        elif again is not None:
            again = again[0], again[1] + 1
            at, part = again[0] + 1, again[1]
        else:
            return False
    return all(one == EVERYWHERE for one in wanted[at:])
