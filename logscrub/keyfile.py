"""The key of fingerprints that are to last, in a file beside what they are kept in: ``FILE.key`` for ``FILE``.

Its text is the key, so the same file serves as ``key-file`` of a configuration, and its text as ``LOGSCRUB_KEY``.
Whoever has the key and the fingerprints can try guesses; the fingerprints alone say nothing.
"""

from __future__ import annotations

import os
import secrets
import time

from logscrub.errors import ConfigError, SourceError
from logscrub.report.visible import visible
from logscrub.sources.paths import reason_of

ENDING = ".key"
_LEAST = 16
_MOST = 1024
_PATIENCE = 1.0  # seconds for another process to write what it has just made


def existing_key(*paths: str) -> bytes | None:
    """Read the key that lies beside files; None if none has one.

    Args:
        paths: the files that are used together, under one key.

    Raises:
        ConfigError: a key file holds no key, or two hold different ones.
        SourceError: one cannot be read.

    >>> existing_key("no-such-file.json") is None
    True
    """
    keys = {path: key for path in paths if (key := _read(path)) is not None}
    if len(set(keys.values())) > 1:
        names = " and ".join(visible(path + ENDING) for path in keys)
        raise ConfigError(
            f"{names}: hold different keys, so what they belong to cannot be used together; make one of them anew "
            "without its key file, which then gets the key of the other"
        )
    return next(iter(keys.values()), None)


def needed_key(path: str) -> bytes:
    """Read the key that lies beside a file.

    Raises:
        ConfigError: there is none, or it holds no key.
        SourceError: it cannot be read.
    """
    key = existing_key(path)
    if key is None:
        raise ConfigError(
            f"{visible(path + ENDING)}: is missing, the key that {visible(path)} was written with: put it there, or "
            "name it with key-file in the configuration or LOGSCRUB_KEY; without it nothing can be checked"
        )
    return key


def key_beside(*paths: str) -> bytes:
    """Read the key that lies beside files, or make one; a file that has none gets that of the others.

    Args:
        paths: the files that are used together, under one key. They need not be there.

    Raises:
        ConfigError: a key file holds no key, or two hold different ones.
        SourceError: one cannot be read or made.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     one, other = os.path.join(folder, "known.json"), os.path.join(folder, "logs.ledger")
    ...     key_beside(one) == key_beside(one, other) == key_beside(other)
    True
    """
    key = existing_key(*paths) or secrets.token_hex(32).encode()
    for path in paths:
        _make(path, key)
    return existing_key(*paths) or key  # not what was made here where another process was faster


def _read(path: str) -> bytes | None:
    name = path + ENDING
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            with open(name, "rb") as stream:
                key = stream.read(_MOST).strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SourceError(f"{visible(name)}: the key cannot be read: {reason_of(error)}") from None
        if len(key) >= _LEAST:
            return key
        if key or time.monotonic() > until:
            raise ConfigError(
                f"{visible(name)}: holds no key; restore it, or move it and {visible(path)} away to start anew"
            )
        time.sleep(0.02)


def _make(path: str, key: bytes) -> None:
    """Write a key file, if there is none."""
    name = path + ENDING
    try:
        handle = os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with open(handle, "wb") as stream:
            stream.write(key + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
    except FileExistsError:
        return
    except OSError as error:
        raise SourceError(f"{visible(name)}: the key cannot be made: {reason_of(error)}") from None
