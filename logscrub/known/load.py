"""Values from where services keep them: the environment, files, directories of mounted secrets."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Literal

from logscrub.errors import ProtectError, SourceError
from logscrub.known.guard import LONGEST
from logscrub.known.protect import Protection, Skipped, add, leaves, names_secret

Form = Literal["auto", "value", "pairs"]

# What a file of settings may have; a file that is one value is bound by what a value may have.
_LARGEST_FILE = 1 << 20
_MOST_FILES = 10_000
_DEEPEST = 4
_PAIRS = re.compile(r"(?:^|.*\.)(?:env|ini|cfg|conf|properties|json)$|^\.?env(?:\..+)?$|^\.env", re.IGNORECASE)
_PAIR = re.compile(
    r"""
    ^[ \t]*(?:export[ \t]+)?(?P<key>[A-Za-z_][\w.\-]*)[ \t]*[=:][ \t]*
    (?: "(?P<double>(?:[^"\\]|\\.)*)" | '(?P<single>[^']*)' | (?P<plain>[^\r\n]*?) )
    (?:[ \t]+[#;][^\r\n]*)? [ \t]*\r?$
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_PUBLIC = re.compile(rb"-----BEGIN (?:CERTIFICATE|PUBLIC KEY|CERTIFICATE REQUEST|X509 CRL)-----")
_PRIVATE = b"PRIVATE KEY-----"


def protect_environ(
    environ: Mapping[str, str] | None = None,
    *,
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    force: bool = False,
) -> Protection:
    """Protect the secrets among the environment's variables.

    Those are: variables whose name says so (``DB_PASSWORD``), by the names that rules know; and values that hold a
    secret, such as the password in ``postgres://shop:…@db/shop``, of which both the password and the whole are covered.
    A value that is too short or too common, or the path of a file that is there, is skipped.

    Args:
        environ: the variables; those of this process by default.
        include: names of more variables, with ``*`` and ``?`` for letters.
        exclude: names of variables to leave out.
        force: as for :func:`logscrub.protect`.

    >>> import logscrub
    >>> environ = {"SHOP_PASSWORD": "correct-horse-battery", "HOME": "/root", "PIN": "12", "X_AUTH": "q8Zt3LbN0vXc"}
    >>> logscrub.protect_environ(environ, include=["X_*"])
    Protection(protected=('SHOP_PASSWORD', 'X_AUTH'), skipped=(Skipped(name='PIN', reason='is shorter than 4 bytes'),))
    >>> logscrub.forget(environ)
    2
    """
    variables = os.environ if environ is None else environ
    named = ((name, name, value) for name, value in variables.items())
    return _chosen(named, tuple(include), tuple(exclude), force)


def protect_file(
    path: str | os.PathLike[str], name: str | None = None, *, form: Form = "auto", force: bool = False
) -> Protection:
    """Protect the secret in a file, those in a file of settings, or those in a directory of secret files.

    A file is one value, without the line break at its end, unless its name says that it is settings (``.env``,
    ``.ini``, ``.cfg``, ``.conf``, ``.properties``, ``.json``): of these the same is taken as from the environment. In a
    directory, such as Docker's and Kubernetes' ``/run/secrets``, every regular file of at most 64 KiB counts; names
    that begin with ``..`` are Kubernetes' own and are left out, and so are public certificates.

    Args:
        path: the file or directory.
        name: what to call the value; by default the name of the file.
        form: ``value`` or ``pairs``, where the file's name does not tell.
        force: as for :func:`logscrub.protect`.

    Raises:
        SourceError: the path cannot be read, or the file is too large. Files of a directory that cannot be read are in
            the result instead.
        ProtectError: ``form`` is none of these.
    """
    if form not in ("auto", "value", "pairs"):
        raise ProtectError(f"form is not one of auto, value, pairs: {form!r}")
    place = os.fspath(path)
    try:
        if os.path.isdir(place):
            return _directory(place, name or "", force)
        return _file(place, os.path.basename(place) if name is None else name, form, force)
    except OSError as error:
        raise SourceError(f"{place}: {error.strerror or error}") from None


def _file(path: str, name: str, form: Form, force: bool) -> Protection:
    pairs = form == "pairs" or (form == "auto" and _PAIRS.match(os.path.basename(path)) is not None)
    data = _read(path, _LARGEST_FILE if pairs else LONGEST + 2)
    if pairs:
        return _chosen(_settings(data, path), (), (), force)
    return _one(name, data, force)


def _one(name: str, data: bytes, force: bool) -> Protection:
    if _PUBLIC.search(data) and _PRIVATE not in data:
        return Protection(skipped=(Skipped(name, "is a public certificate or key"),))
    return add([(name, data.strip(b"\r\n"))], force=force)


def _read(path: str, most: int) -> bytes:
    # Not blocking: a pipe nobody writes to would keep the service from starting.
    with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise SourceError(f"{path}: is not a regular file")
        data = stream.read(most + 1)
    if len(data) > most:
        raise SourceError(f"{path}: is larger than {most:,} bytes")
    return data


def _directory(root: str, prefix: str, force: bool) -> Protection:
    named: list[tuple[str, bytes]] = []
    skipped: list[Skipped] = []
    for path in _files(root, _DEEPEST):
        name = os.path.join(prefix, os.path.relpath(path, root))
        if len(named) + len(skipped) >= _MOST_FILES:
            skipped.append(Skipped(name, f"comes after the first {_MOST_FILES:,} files"))
            break
        try:
            data = _read(path, LONGEST)
        except OSError as error:
            skipped.append(Skipped(name, error.strerror or str(error).removeprefix(f"{path}: ")))
            continue
        if _PUBLIC.search(data) and _PRIVATE not in data:
            skipped.append(Skipped(name, "is a public certificate or key"))
        else:
            named.append((name, data.strip(b"\r\n")))
    done = add(named, force=force)
    return Protection(done.protected, (*done.skipped, *skipped))


def _files(directory: str, depth: int) -> Iterator[str]:
    with os.scandir(directory) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if entry.name.startswith(".."):
            continue
        if entry.is_dir():
            if depth > 1:
                yield from _files(entry.path, depth - 1)
        else:
            yield entry.path


def _settings(data: bytes, path: str) -> Iterator[tuple[str, str, str]]:
    """Yield path, key and value of the settings in a file."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SourceError(f"{path}: is not UTF-8") from None
    if text.lstrip()[:1] in ("{", "["):
        try:
            yield from leaves(json.loads(text), "")
            return
        except RecursionError:
            raise SourceError(f"{path}: is nested too deeply") from None
        except ValueError as error:
            if path.lower().endswith(".json"):
                line = getattr(error, "lineno", 0)
                raise SourceError(f"{path}:{line}: is not valid JSON") from None
    for match in _PAIR.finditer(text):
        key, double = match["key"], match["double"]
        if double is None:
            yield key, key, match["single"] if match["single"] is not None else match["plain"]
        else:
            yield key, key, _ESCAPE.sub(lambda one: _ESCAPES.get(one[1], one[1]), double)


def _chosen(
    settings: Iterable[tuple[str, str, str]], include: tuple[str, ...], exclude: tuple[str, ...], force: bool
) -> Protection:
    """Protect those of some settings that are secret."""
    from logscrub.scrubber import default_scrubber

    find = default_scrubber().detector.find
    named: list[tuple[str, bytes]] = []
    parts: list[tuple[str, bytes]] = []
    skipped: list[Skipped] = []
    for path, key, value in settings:
        if not value.strip() or any(fnmatchcase(key, pattern) for pattern in exclude):
            continue
        found = [value[one.start : one.end] for one in find(value) if one.category.startswith("secret.")]
        asked = any(fnmatchcase(key, pattern) for pattern in include)
        if not (asked or found or names_secret(key, value)):
            continue
        if not asked and os.path.isabs(value) and os.path.exists(value):
            skipped.append(Skipped(path, "is the path of a file"))
            continue
        named.append((path, value.encode("utf-8", "surrogateescape")))
        parts += [(path, part.encode("utf-8", "surrogateescape")) for part in found]
    # What is found inside a value may be short and common; then the whole must do.
    done = add([*named, *_telling(parts, force)], force=force)
    return Protection(tuple(dict.fromkeys(done.protected)), (*done.skipped, *skipped))


def _telling(parts: list[tuple[str, bytes]], force: bool) -> Iterator[tuple[str, bytes]]:
    from logscrub.known.guard import refused

    return (part for part in parts if not refused(part[1], force=force))
