"""What an audit found, kept for as long as no file, rule or option changes.

A finding may come from several files, so the project is the unit: one entry for each set of paths and options.
"""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Sequence
from typing import TYPE_CHECKING

from logscrub import cache
from logscrub._version import __version__

if TYPE_CHECKING:
    from logscrub.code.engine import Engine, Outcome


class Memory:
    """The place in the cache for one audit.

    Args:
        engine: with the options and rules of the audit.
        files: all files it reads.
    """

    def __init__(self, engine: Engine, files: Sequence[str]) -> None:
        options = engine.options
        told = (
            options.bulk,
            options.inventory,
            options.tests,
            options.languages,
            options.loggers,
            options.sanitizers,
            options.sensitive,
            options.safe,
        )
        identity = hashlib.blake2b(f"{os.getcwd()}\0{told!r}\0".encode("utf-8", "surrogateescape"), digest_size=16)
        content = hashlib.blake2b(f"{__version__}\0{engine.digest}\0{_program()}".encode(), digest_size=32)
        for path in files:
            name = path.encode("utf-8", "surrogateescape")
            identity.update(name + b"\0")
            data = engine.source(path)
            content.update(name + b"\0" + len(data).to_bytes(8, "big"))
            content.update(data)
        self._name = f"code-{identity.hexdigest()}.bin"
        # Literals of the source are part of what is kept, hard-coded secrets among them: whoever wants to read it must
        # have that very source.
        self._key = content.digest()
        self._content = hashlib.blake2b(self._key, digest_size=32).digest()

    def recall(self) -> Outcome | None:
        """Return what was found in these very files before; None if that is not known."""
        stored = cache.read(self._name)
        if stored is None or stored[: len(self._content)] != self._content:
            return None
        try:
            outcome: Outcome = pickle.loads(self._mixed(stored[len(self._content) :]))  # noqa: S301 - of this user
        except (pickle.UnpicklingError, AttributeError, EOFError, ImportError, IndexError, TypeError):
            return None  # of another version
        return outcome

    def keep(self, outcome: Outcome) -> None:
        """Remember what was found."""
        cache.write(self._name, self._content + self._mixed(pickle.dumps(outcome, pickle.HIGHEST_PROTOCOL)))

    def _mixed(self, data: bytes) -> bytes:
        """Encrypt or decrypt with a stream made from the source (SHAKE-256 as in FIPS 202)."""
        stream = hashlib.shake_256(self._key).digest(len(data))
        return (int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(data), "big")


def _program() -> str:
    """Which program made it: in a checkout, files change without the version."""
    here = os.path.dirname(__file__)
    patterns = []
    from logscrub.rules.packs import builtin_directory

    known = builtin_directory() / "code"
    for directory in (here, os.fspath(known)):
        for name in sorted(os.listdir(directory)):
            if name.endswith((".py", ".toml")):
                status = os.stat(os.path.join(directory, name))
                patterns.append(f"{name} {status.st_size} {status.st_mtime_ns}")
    return "\0".join(patterns)
