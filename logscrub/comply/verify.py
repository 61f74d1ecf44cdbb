"""Whether a report is what it was when it was written, and whether what it was made of still is.

A report in JSON is held against its canonical form, any other one against its bytes (:mod:`logscrub.comply.sign`). Then
the files of its manifest are compared with their digests, and the ledgers and manifests of redaction with the ends of
their chains.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from html import unescape
from typing import IO, Any, NamedTuple

from logscrub.chain import Head as ChainHead
from logscrub.comply.model import FileFact, Head
from logscrub.comply.report.json import SCHEMA
from logscrub.comply.report.text import HEADING_OF_CHAINS, HEADING_OF_FILES
from logscrub.comply.sign import MEMBER, NONE, NoSignatureError, Signature, canonical, read_public_key, split, text_of
from logscrub.errors import LogscrubError, SourceError
from logscrub.report.forms.terms import counted, size
from logscrub.report.visible import visible
from logscrub.sources.paths import reason_of
from logscrub.sources.urls import is_url

_SQLITE = b"SQLite format 3\0"
_MANIFEST = b'{"manifest": '
_PAGE = b"<!DOCTYPE html>"
_CHUNK = 1 << 20
_THREADS = 4
_DIGEST = re.compile(r"[0-9a-f]{64}")

_COLOR = re.compile(r"\x1b\[[0-9;]*m")
_FILE_LINE = re.compile(r"  (\S+)  (\d+)  (\S+)  (.+)")
_CHAIN_LINE = re.compile(r"  (\S+)  (\d+)  (\w+)  (.+)")
_FILE_ROW = re.compile(
    r"<tr><th scope=row><code>([^<]*)</code><code class=digest>([^<]*)</code>"
    r"(?:<span class=note>([^<]*)</span>)?<td class=number>([\d,]+)<td>"
)
_CHAIN_ROW = re.compile(
    r"<tr><th scope=row><code>([^<]*)</code><code class=digest>([^<]*)</code><td>(\w+)<td class=number>([\d,]+)\n"
)
_ESCAPED = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|\\U([0-9a-f]{8})|\\([nrt])")
_LETTERS = {"n": "\n", "r": "\r", "t": "\t"}


class Outcome(StrEnum):
    """What can be said of one thing that was verified."""

    GOOD = "good"
    """It is what it was."""
    NOTE = "note"
    """There is nothing it could be held against, and never was."""
    UNKNOWN = "not verified"
    """It could not be verified."""
    CHANGED = "changed"
    """It is something else, or is gone."""


class Line(NamedTuple):
    """One thing that was verified.

    Attributes:
        about: ``signature``, ``key``, ``file``, ``chain`` or ``report``.
        what: the file, or the id of the key.
        said: what became of it, in words.
    """

    about: str
    what: str
    outcome: Outcome
    said: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of a report, a ledger or a manifest.

    Attributes:
        path: as it was named.
        form: ``json``, ``html``, ``text``, ``ledger`` or ``manifest``.
        key_id: of the key it is signed with; empty if it is not.
        lines: everything that was verified.
    """

    path: str
    form: str
    key_id: str
    lines: tuple[Line, ...]

    @property
    def outcome(self) -> Outcome:
        """The worst of all: something was changed, something could not be verified, or all is good."""
        outcomes = {line.outcome for line in self.lines}
        return next((one for one in (Outcome.CHANGED, Outcome.UNKNOWN) if one in outcomes), Outcome.GOOD)

    @property
    def exit_code(self) -> int:
        """0: all is good, 1: something was changed, 2: something could not be verified."""
        return {Outcome.CHANGED: 1, Outcome.UNKNOWN: 2}.get(self.outcome, 0)


class _Contents(NamedTuple):
    """What a report says that can be held against something."""

    files: tuple[FileFact, ...]
    heads: tuple[Head, ...]


class _ChangedError(Exception):
    """The report is not one that was written so."""


def verify(
    path: str,
    key: str | None = None,
    files: bool = True,
    root: str | None = None,
    ledger_key: bytes | None = None,
) -> Verification:
    """Find out whether a report, and what it was made of, is what it was.

    Args:
        path: a report in any of its forms, a ledger, or a manifest of redaction.
        key: a file with the public key that the report has to be signed with. Without it nobody knows whose key the
            report was signed with, and no report is good.
        files: read the files of its manifest, ledgers and manifests of redaction too.
        root: a directory below which its files are now, with the paths they have in the report.
        ledger_key: the key of ledgers and manifests of redaction; by default that beside a ledger.

    Raises:
        SourceError: the report cannot be read.
        ConfigError: the key is none.
        MissingExtraError: it is signed, and ``cryptography`` is not installed.
    """
    wanted = read_public_key(key) if key is not None else None
    try:
        with open(path, "rb") as stream:
            beginning = stream.read(_CHUNK)
            if beginning.startswith(_SQLITE):
                return Verification(path, "ledger", "", tuple(_ledger(path, ledger_key)))
            if beginning.startswith(_MANIFEST):
                return Verification(path, "manifest", "", tuple(_manifest(path, ledger_key, files=files)))
            data = beginning + stream.read()
    except OSError as error:
        if isinstance(error, LogscrubError):
            raise
        raise SourceError(f"{visible(path)}: cannot be read: {reason_of(error)}") from None
    form = "json" if data.lstrip()[:1] == b"{" else "html" if data.startswith(_PAGE) else "text"
    try:
        signature, contents = _read(data, form)
    except NoSignatureError as error:
        return Verification(path, form, "", (Line("signature", "", Outcome.UNKNOWN, str(error)),))
    except _ChangedError as error:
        return Verification(path, form, "", (Line("signature", "", Outcome.CHANGED, str(error)),))
    lines = [*_signed(signature, wanted)]
    if files:
        lines += _files(contents.files, root)
        for head in contents.heads:
            lines += _chain(head, root, ledger_key)
    return Verification(path, form, signature.key_id, tuple(lines))


# --- the report itself


def _read(data: bytes, form: str) -> tuple[Signature, _Contents]:
    """Read a report whose signature, or digest, holds."""
    if form == "json":
        document = _document(data)
        signature, signed = Signature.read(document.get(MEMBER)), canonical(document)
    else:
        signed, signature = split(data)
    if problem := signature.problem(signed):
        raise _ChangedError(f"was changed: {problem}")
    try:
        if form == "json":
            return signature, _of_document(document)
        text = signed.decode("utf-8")
        return signature, _of_page(text) if form == "html" else _of_text(text)
    except (KeyError, TypeError, ValueError):
        raise _ChangedError("holds no list of files as reports have it") from None


def _document(data: bytes) -> dict[str, Any]:
    try:
        document = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_members,
            parse_float=_refused,
            parse_constant=_refused,
            parse_int=_integer,
        )
    except (ValueError, RecursionError):
        raise _ChangedError("was changed: it is no JSON as reports have it") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise NoSignatureError(f"it is no report that is known: its schema is not {SCHEMA}")
    if MEMBER not in document:
        raise NoSignatureError("there is no signature, and no digest, in it")
    return document


def _members(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member comes twice")
    return members


def _refused(text: str) -> Any:
    raise ValueError("a number that is no integer")


def _integer(text: str) -> int:
    number = int(text)
    if str(number) != text:
        raise ValueError("a number that is written in another way")
    return number


def _signed(signature: Signature, wanted: bytes | None) -> Iterator[Line]:
    if signature.algorithm == NONE:
        yield Line(
            "signature",
            "",
            Outcome.UNKNOWN,
            "not signed: it is as its digest says, but whoever changes a report can change that too",
        )
        return
    yield Line("signature", "", Outcome.GOOD, f"holds, by the key {signature.key_id}")
    if wanted is None:
        said = "nobody said whose it is: give the public key of whoever signs, --key FILE"
        yield Line("key", signature.key_id, Outcome.UNKNOWN, said)
    elif signature.public_key != text_of(wanted):
        yield Line("key", signature.key_id, Outcome.CHANGED, "is not the one that was given: somebody else signed this")
    else:
        yield Line("key", signature.key_id, Outcome.GOOD, "is the one that was given")


def _of_document(document: dict[str, Any]) -> _Contents:
    files = [
        FileFact(str(one["path"]), int(one["size"]), "", one["sha256"] or "", remark=one["remark"] or "")
        for one in document["files"]
    ]
    heads = [
        Head(str(one["path"]), str(one["kind"]), int(one["entries"]), str(one["link"])) for one in document["chains"]
    ]
    return _Contents(tuple(files), tuple(heads))


def _of_page(text: str) -> _Contents:
    files = [
        FileFact(unescape(path), _number(length), "", _digest(digest), remark=unescape(remark or ""))
        for path, digest, remark, length in _FILE_ROW.findall(_table(text, "manifest"))
    ]
    heads = [
        Head(unescape(path), kind, _number(entries), _digest(link))
        for path, link, kind, entries in _CHAIN_ROW.findall(_table(text, "chains"))
    ]
    return _Contents(tuple(files), tuple(heads))


def _table(text: str, name: str) -> str:
    return text.partition(f"<table id={name} ")[2].partition("</table>")[0]


def _of_text(text: str) -> _Contents:
    lines = _COLOR.sub("", text).split("\n")
    files = [
        FileFact(found[4], int(found[2]), "", _digest(found[1]))
        for found in _matches(lines, HEADING_OF_FILES, _FILE_LINE)
    ]
    heads = [
        Head(found[4], found[3], int(found[2]), _digest(found[1]))
        for found in _matches(lines, HEADING_OF_CHAINS, _CHAIN_LINE)
    ]
    return _Contents(tuple(files), tuple(heads))


def _matches(lines: Sequence[str], heading: str, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
    if heading not in lines:
        return
    for line in lines[lines.index(heading) + 1 :]:
        if not line:
            return
        if found := pattern.fullmatch(line):
            yield found


def _digest(text: str) -> str:
    return text if _DIGEST.fullmatch(text) else ""


def _number(text: str) -> int:
    return int(text.replace(",", ""))


# --- the files


def _files(files: Iterable[FileFact], root: str | None) -> Iterator[Line]:
    with ThreadPoolExecutor(_THREADS) as threads:
        yield from threads.map(lambda file: _file(file, root), files)


def _file(file: FileFact, root: str | None) -> Line:
    shown = visible(file.path)
    if not file.sha256:
        why = f" ({visible(file.remark)})" if file.remark else ""
        return Line("file", shown, Outcome.NOTE, f"has no digest in the report{why}")
    if is_url(file.path):
        return Line("file", shown, Outcome.UNKNOWN, "is not a file of this machine: fetch it, and compare its digest")
    try:
        with _opened(_located(file.path, root)) as stream:
            length = os.fstat(stream.fileno()).st_size
            same = length >= file.size and _digest_of(stream, file.size) == file.sha256
    except (FileNotFoundError, NotADirectoryError):
        return Line("file", shown, Outcome.CHANGED, "is gone")
    except (OSError, ValueError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else str(error)
        return Line("file", shown, Outcome.UNKNOWN, f"cannot be read: {reason}")
    if same and length == file.size:
        return Line("file", shown, Outcome.GOOD, "unchanged")
    if same:
        return Line("file", shown, Outcome.GOOD, f"unchanged, but {size(length - file.size)} were appended since")
    if length < file.size:
        return Line("file", shown, Outcome.CHANGED, f"was changed: it is {size(file.size - length)} shorter")
    return Line("file", shown, Outcome.CHANGED, "was changed")


def _opened(path: str) -> IO[bytes]:
    """Open a regular file; nothing that could hang, or never end."""
    stream = os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb")
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise ValueError("is no regular file any more")
    return stream


def _digest_of(stream: IO[bytes], length: int) -> str:
    """Return the SHA-256 digest of the first bytes of a file."""
    digest, left = hashlib.sha256(), length
    while left and (chunk := stream.read(min(_CHUNK, left))):
        digest.update(chunk)
        left -= len(chunk)
    return digest.hexdigest()


def _located(path: str, root: str | None) -> str:
    """Return where a file is now. Reports show odd characters of names as escapes; a name may look like that itself."""
    named = [path, _unescaped(path, as_bytes=True), _unescaped(path, as_bytes=False)]
    places = [os.path.join(root, one.lstrip("/")) if root is not None else one for one in dict.fromkeys(named)]
    return next((place for place in places if _is_there(place)), places[0])


def _is_there(path: str) -> bool:
    try:
        return os.path.lexists(path)
    except ValueError:  # a zero byte
        return False


def _unescaped(text: str, *, as_bytes: bool) -> str:
    def letter(found: re.Match[str]) -> str:
        byte, *longer, name = found.groups()
        if name:
            return _LETTERS[name]
        code = int(byte or next(filter(None, longer)), 16)
        if byte and as_bytes and code >= 0x80:
            return chr(0xDC00 + code)
        return chr(code) if code < 0x110000 else found.group()

    return _ESCAPED.sub(letter, text)


# --- chains


def _chain(head: Head, root: str | None, key: bytes | None) -> Iterator[Line]:
    if not head.link:
        yield Line("chain", visible(head.path), Outcome.NOTE, f"the {head.kind} had no entries")
        return
    path, end = _located(head.path, root), ChainHead(head.entries, head.link)
    if not _is_there(path):
        yield Line("chain", visible(head.path), Outcome.CHANGED, f"the {head.kind} is gone")
    elif head.kind == "ledger":
        yield from _ledger(path, key, end)
    else:
        yield from _manifest(path, key, end, files=False)


def _ledger(path: str, key: bytes | None, head: ChainHead | None = None) -> Iterator[Line]:
    from logscrub.audit.verify import verify_ledger

    shown = visible(path)
    try:
        check = verify_ledger(path, key, head)
    except LogscrubError as error:
        yield Line("chain", shown, Outcome.UNKNOWN, f"the ledger cannot be verified: {error}")
        return
    yield from (Line("chain", shown, Outcome.CHANGED, problem) for problem in check.problems)
    if check.holds:
        told = f"the ledger holds: {counted(check.runs, 'run')}"
        if check.unsealed:
            told += f", {check.unsealed:,} of them from before there was a chain"
        yield Line("chain", shown, Outcome.GOOD, told)


def _manifest(path: str, key: bytes | None, head: ChainHead | None = None, *, files: bool) -> Iterator[Line]:
    from logscrub.cleaning.verify import verify_manifest

    shown = visible(path)
    try:
        check = verify_manifest(path, key, files, head)
    except LogscrubError as error:
        yield Line("chain", shown, Outcome.UNKNOWN, f"the manifest cannot be verified: {error}")
        return
    yield from (Line("chain", shown, Outcome.CHANGED, problem) for problem in check.problems)
    if check.holds:
        told = f"the manifest holds: {check.entries:,} {'entry' if check.entries == 1 else 'entries'}"
        # With its end in a report it needs no key: the report says what it was.
        open_ones = check.unsealed + check.unchained if head is None else 0
        if open_ones:
            told += (
                f", {open_ones:,} of which whoever writes the whole anew could change unnoticed: no seal was checked"
            )
        yield Line("chain", shown, Outcome.UNKNOWN if open_ones else Outcome.GOOD, told)
    yield from (_redacted(visible(one.path), one.state) for one in check.files if files)


def _redacted(path: str, state: str) -> Line:
    outcome, said = {
        "unchanged": (Outcome.GOOD, "unchanged since it was written"),
        "changed": (Outcome.CHANGED, "was changed since it was written"),
        "as before": (Outcome.CHANGED, "is as before: it was never replaced"),
        "gone": (Outcome.CHANGED, "is gone"),
    }.get(state, (Outcome.UNKNOWN, state))
    return Line("file", path, outcome, said)
