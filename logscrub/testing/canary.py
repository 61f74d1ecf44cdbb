"""Synthetic values that must not come out of a test, in any form."""

from __future__ import annotations

import os
import re
import secrets
import string
from collections.abc import Callable, Iterator
from pathlib import Path

from logscrub.errors import ProtectError, SourceError
from logscrub.known.guard import refused
from logscrub.known.registry import Registry
from logscrub.sources import NotTextError, Reader, Source, blocks

_LETTERS = string.ascii_letters + string.digits
_NAMELESS = re.compile(r"[^\w.\-]+")


class Canaries:
    """Makes values that must not show up in the output of a test: the fixture ``logscrub_canary``.

    Args:
        known: where they are registered. It must not be the registry of this process: a filter that is installed in the
            code under test would know the canary from there, and hide just the leak that is looked for.

    >>> canary = Canaries(Registry())
    >>> len(canary("password")), len(canary("pin")), canary("email").endswith("@example.com")
    (22, 8, True)
    """

    def __init__(self, known: Registry) -> None:
        self._known = known
        self._values: list[bytes] = []
        self._count = 0
        self.watched: dict[str, bool] = {}
        """Files and directories that are looked at, and whether they may be missing."""

    def __call__(self, kind: str = "password", name: str = "") -> str:
        """Make a new value and look for it from now on.

        Args:
            kind: ``password``, ``token``, ``email``, ``card`` (a number whose check digit is right, in the range of
                numbers for tests), ``pin`` (eight digits: fewer would also stand in a log by chance).
            name: what it is called in a report; by default its kind and a number.

        Raises:
            ProtectError: there is no such kind.
        """
        make = _KINDS.get(kind)
        if make is None:
            raise ProtectError(f"logscrub_canary: no kind is called {kind!r}; there are {', '.join(_KINDS)}")
        value = make()
        self._count += 1
        name = name or f"{kind}-{self._count}"
        if kind == "card":
            groups = [value[at : at + 4] for at in range(0, len(value), 4)]
            for separator in " -":
                self.add(separator.join(groups), name=name)
        return self.add(value, name=name)

    def add(self, value: str | bytes | int, *, name: str = "") -> str:
        """Look for a given value from now on, also in what was put out before; return it as text.

        Args:
            value: at least four bytes. A value that stands in logs by chance makes the test fail by chance.
            name: what it is called in a report.

        Raises:
            ProtectError: it is too short, too long, or no such value.
        """
        if isinstance(value, bool) or not isinstance(value, (str, bytes, int)):
            raise ProtectError(f"logscrub_canary.add: {type(value).__name__} is not text, bytes or a whole number")
        raw = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
        reason = refused(raw, force=True)
        if reason:
            raise ProtectError(f"logscrub_canary.add: the value {name or 'given'} {reason}")
        if not name:
            self._count += 1
            name = f"value-{self._count}"
        self._known.add({raw: _NAMELESS.sub("-", name)[:40]})
        self._values.append(raw)
        return raw.decode("utf-8", "replace")

    def watch(self, path: str | os.PathLike[str], *, missing_ok: bool = False) -> None:
        """Look for canaries in a file as well, or in all files of a directory, after the test and after its teardown.

        Args:
            path: need not exist yet. Compressed files are seen through.
            missing_ok: without it, the test fails if there is no such file when it ends: nothing would be looked at.
        """
        self.watched[os.path.abspath(path)] = missing_ok

    def forget(self) -> None:
        """Look for none of them any longer."""
        self._known.remove(values=self._values)
        self._values.clear()
        self.watched.clear()

    def __bool__(self) -> bool:
        return bool(self._values)


def watched_texts(path: str) -> Iterator[tuple[str, int, str]]:
    """Yield what is in a file, or in all files of a directory, in parts: a file, the part's first line, and the text.

    Raises:
        SourceError: something of it cannot be read.
    """
    if os.path.isdir(path):
        inside = sorted(os.path.join(place, file) for place, _, files in os.walk(path) for file in files)
        files = [one for one in inside if os.path.isfile(one)]
    else:
        files = [path]
    for file in files:
        try:
            with Reader(Source(file)) as reader:
                for block in blocks(reader.chunks()):
                    yield file, block.line, block.data.decode("utf-8", "surrogateescape")
                if reader.problem:
                    raise SourceError(reader.problem)
        except NotTextError:
            # A database, say: it is no log, but what is written into it is written.
            yield file, 1, Path(file).read_bytes().decode("utf-8", "surrogateescape")


def _random(count: int, alphabet: str = _LETTERS) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(count))


def _password() -> str:
    # With a digit and both cases, for forms that ask for them.
    return f"cAn9-{_random(17)}"


def _card() -> str:
    digits = "400000" + _random(9, string.digits)
    total = sum(int(one) if place % 2 else sum(divmod(2 * int(one), 10)) for place, one in enumerate(digits))
    return f"{digits}{-total % 10}"


def _pin() -> str:
    return _random(1, "123456789") + _random(7, string.digits)


_KINDS: dict[str, Callable[[], str]] = {
    "password": _password,
    "token": lambda: _random(40),
    "email": lambda: f"canary.{_random(12, string.ascii_lowercase + string.digits)}@example.com",
    "card": _card,
    "pin": _pin,
}
