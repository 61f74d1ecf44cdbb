"""What reports say alike about a finding in a log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b

from logscrub.findings import Finding, Place, Run, ScanResult
from logscrub.report.forms.paths import shown_name
from logscrub.report.forms.terms import counted
from logscrub.report.visible import visible
from logscrub.trace.model import TracedFinding

_IN_LOGS = 532
_DAY = len("2026-03-04")
_MINUTE = len("2026-03-04T10:12")


def headline(finding: Finding) -> str:
    """Say in a line what was found, and how often."""
    text = f"{finding.title} in a log: {finding.preview}"
    return f"{text}, {times(finding)}"


def times(finding: Finding) -> str:
    """Say how often a finding was seen: ``3 times in 2 files``."""
    text = "once" if finding.count == 1 else f"{finding.count:,} times"
    return f"{text} in {finding.file_count:,} files" if finding.file_count > 1 else text


def story(finding: Finding) -> list[str]:
    """Return lines that say where a finding was seen, by whom, and whether it is new."""
    lines = [f"first {_seen(finding.first)}", f"last {_seen(finding.last)}"] if finding.count > 1 else []
    lines = lines or [f"at {_seen(finding.first)}"]
    if finding.components:
        lines.append(f"from {named_counts(finding.components)}")
    if finding.levels:
        lines.append(f"levels {named_counts(finding.levels)}")
    lines += [f"printed by {source}" for source in sources(finding)]
    if finding.status:
        lines.append(f"status {finding.status}")
    return lines


def sources(finding: Finding) -> list[str]:
    """Return the log calls that printed a finding, if they were asked for and found."""
    return [visible(str(source)) for source in finding.sources] if isinstance(finding, TracedFinding) else []


def _seen(place: Place) -> str:
    return "  ".join((f"{shown_name(place.path)}:{place.line}", *record(place)))


def record(place: Place) -> tuple[str, ...]:
    """Return what is known of the record at a place: time, level, component, field."""
    return tuple(visible(part) for part in (place.time, place.level, place.component, place.field) if part)


def record_data(place: Place) -> dict[str, str | None]:
    """Return all that is known of the record at a place, as plain data."""
    return {
        "time": place.time,
        "level": place.level,
        "component": place.component,
        "host": place.host,
        "request": place.request,
        "field": place.field,
    }


def named_counts(counts: Iterable[tuple[str, int]]) -> str:
    """Return names with their counts.

    >>> named_counts([("payments", 1200), ("auth", 3)])
    'payments 1,200, auth 3'
    """
    return ", ".join(f"{name} {count:,}" for name, count in counts)


def weaknesses(finding: Finding) -> list[int]:
    """Return the numbers of the weaknesses a finding is tagged with; whatever is in a log is at least CWE-532."""
    numbers = (tag.removeprefix("cwe-") for tag in finding.tags if tag.startswith("cwe-"))
    return sorted({int(number) for number in numbers if number.isascii() and number.isdigit()}) or [_IN_LOGS]


def identity(finding: Finding, result: ScanResult) -> str:
    """Return what tells a service that a finding of two runs is the same one.

    That is the id. But without a key that is kept, fingerprints and ids are made anew by each run; then it is where the
    value was first seen.
    """
    if result.key_id or finding.fingerprint is None:
        return finding.id
    place = finding.first
    text = f"{finding.rule}\0{place.path}\0{place.line}\0{place.column}"
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def trend(history: Sequence[Run]) -> str:
    """Say how findings became more or fewer with the runs of a ledger, compared with the last one that read everything;
    empty if there is but one run.

    >>> from logscrub.findings import Run
    >>> run = Run(1, "2026-03-04T10:00:00Z", True, 1, 9, 1, 15, 20, ())
    >>> trend((run, run._replace(ended="2026-03-05T10:00:00Z", findings=12)))
    '3 findings fewer than on 2026-03-04 (15, now 12); 2 runs since 2026-03-04'
    """
    if len(history) < 2:
        return ""
    *earlier, now = history
    before = next((one for one in reversed(earlier) if one.complete), earlier[-1])
    same_day = before.ended[:_DAY] == now.ended[:_DAY]
    when = f"at {before.ended[_DAY + 1 : _MINUTE]} UTC" if same_day else f"on {before.ended[:_DAY]}"
    more = now.findings - before.findings
    if more:
        told = f"{counted(abs(more), 'finding')} {'more' if more > 0 else 'fewer'} than {when}"
        told += f" ({before.findings:,}, now {now.findings:,})"
    else:
        told = f"as many findings as {when} ({now.findings:,})"
    if not (before.complete and now.complete):
        told += ", not everything was read"
    return f"{told}; {len(history):,} runs since {history[0].ended[:_DAY]}"
