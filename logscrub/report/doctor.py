"""The reports of ``logscrub doctor``: for people, and for programs (``logscrub/doctor/1``, see ``docs/doctor.md``)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TextIO, TypeVar

from logscrub.emit.doctor.result import DoctorResult, Path, Remark
from logscrub.report.visible import visible

Item = TypeVar("Item")
Key = TypeVar("Key")

SCHEMA = "logscrub/doctor/1"

Reporter = Callable[[DoctorResult, TextIO], None]

_SHOWN = 3
_HEADINGS = {
    "after-install": "came after install(), and tried like the others",
    "forged-line": "lines can be forged",
    "not-covered": "not covered",
    "not-tested": "not tested",
    "replaced": "replaced after install()",
    "report-only": "only reports",
}


def write_json(result: DoctorResult, stream: TextIO) -> None:
    """Write what was found as one JSON document."""
    json.dump(document(result), stream, indent=2)
    stream.write("\n")


def document(result: DoctorResult) -> dict[str, Any]:
    """Return what was found as plain data.

    >>> document(DoctorResult(True, False, (), ()))["ok"]
    True
    """
    return {
        "schema": SCHEMA,
        "ok": result.ok,
        "installed": result.installed,
        "report_only": result.report_only,
        "summary": {
            "targets": len(_targets(result.paths)),
            "paths": len(result.paths),
            "leaks": len(result.leaks),
            "closed": len(result.closed),
            "by_policy": len(result.by_policy),
            "untested": len(result.untested),
        },
        "paths": [
            {
                "area": path.area,
                "target": visible(path.target),
                "loggers": [visible(name) for name in path.loggers],
                "channel": path.channel,
                "state": path.state,
                "canaries": list(path.canaries),
                "reason": visible(path.reason),
                "fix": visible(path.fix),
            }
            for path in result.paths
        ],
        "notes": [{"kind": note.kind, "text": visible(note.text), "fix": visible(note.fix)} for note in result.notes],
    }


def write_text(result: DoctorResult, stream: TextIO) -> None:
    """Write what was found: what lets canaries out, why, and how to close it; then what else there is to know."""
    stream.writelines(f"{line}\n" for line in _lines(result))


def _lines(result: DoctorResult) -> Iterator[str]:
    for (reason, fix), paths in _by(result.leaks, lambda path: (path.reason, path.fix)).items():
        yield f"LEAK  {visible(reason)}"
        yield f"      fix: {visible(fix)}"
        for target in _targets(paths).values():
            yield from _target(target)
        yield ""
    for heading, chosen in (("by policy", result.by_policy), ("not tested", result.untested)):
        if not chosen:
            continue
        yield heading
        for target in _targets(chosen).values():
            channels = ", ".join(path.channel for path in target)
            reasons = "; ".join(dict.fromkeys(visible(path.reason) for path in target))
            what = reasons if heading == "not tested" else f"{_kinds(target)} ({channels}): {reasons}"
            yield f"  {visible(target[0].target)}{_of(target[0])}: {what}"
        yield ""
    for kind, notes in _by(result.notes, lambda note: note.kind).items():
        yield from _notes(kind, notes)
        yield ""
    yield _summary(result)


def _target(paths: list[Path]) -> Iterator[str]:
    yield f"  {visible(paths[0].target)}{_of(paths[0])}"
    for kinds, same in _by(paths, lambda path: path.canaries).items():
        yield f"    {', '.join(kinds)}  by {', '.join(path.channel for path in same)}"


def _notes(kind: str, notes: list[Remark]) -> Iterator[str]:
    yield _HEADINGS.get(kind, kind)
    for note in notes:
        yield f"  {visible(note.text)}" + (f" ({visible(note.fix)})" if note.fix else "")


def _of(path: Path) -> str:
    names = [visible(name) for name in path.loggers[:_SHOWN]]
    more = len(path.loggers) - len(names)
    if not names:
        return ""
    return f", of {', '.join(names)}" + (f" and {_count(more, 'more logger')}" if more else "")


def _kinds(paths: Iterable[Path]) -> str:
    return ", ".join(sorted({kind for path in paths for kind in path.canaries}))


def _summary(result: DoctorResult) -> str:
    tried = [path for path in result.paths if path.state != "untested"]
    targets, leaking = _targets(tried), _targets(result.leaks)
    handlers = sum(1 for area, *_ in targets if area != "hook")
    what = f"{_count(handlers, 'handler')} and {_count(len(targets) - handlers, 'hook')}"
    channels = _count(len({path.channel for path in tried}), "channel")
    left_out = len(_targets(result.untested))
    rest = f"; {_count(left_out, 'handler')} not tested" if left_out else ""
    if not leaking:
        return f"{what}, {channels}: nothing came out{rest}"
    return f"{what}, {channels}: {len(leaking)} of {len(targets)} let canaries out{rest}"


def _targets(paths: Iterable[Path]) -> dict[tuple[str, str, tuple[str, ...]], list[Path]]:
    return _by(paths, lambda path: (path.area, path.target, path.loggers))


def _by(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    groups: dict[Key, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


FORMATS: dict[str, Reporter] = {"text": write_text, "json": write_json}
