"""Findings of a scan that somebody looked at: a file of entries, each with a reason and, if wanted, a last day.

An entry goes by a value's keyed fingerprint, never by its place: another value on the same line counts. Values that get
no fingerprint (passwords, PINs, card verification codes, registered values) go by rule, key name and file. People write
entries too, for all that a rule finds in some files.
"""

from __future__ import annotations

import difflib
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from logscrub.baseline.patterns import (
    EVERYWHERE,
    Names,
    is_plain,
    matches,
    names_of,
    normalized,
    pattern_for,
    plain_forms,
)
from logscrub.entries import NEW_REASON, last_day, read_document, read_entries, refusal, today
from logscrub.errors import ConfigError
from logscrub.findings import Finding, ScanResult, Suppressed
from logscrub.report.visible import visible

SCHEMA = "logscrub/log-baseline/1"
_KEYS = ("rule", "fingerprint", "key", "path", "preview", "seen", "reason", "expires", "by", "added")
_NEEDED = ("rule", "reason")


@dataclass(frozen=True, slots=True)
class Entry:
    """Findings that are known. All that it names must hold: the rule and, where given, fingerprint, key and path.

    Attributes:
        rule: id of the rule.
        reason: why they are no matter.
        fingerprint: of the one value; without it the entry is about any value, and ``path`` says where.
        key: the name that gave the value away; empty for none, None for any.
        path: pattern of the files, see :mod:`logscrub.baseline.patterns`; empty for any.
        expires: the last day the entry holds, in UTC.
        preview: the value, masked, for people.
        seen: where it was seen first, for people.
        by, added: who looked at it, and when, for people.

    >>> str(Entry("email", "test users", path="**/audit.log"))
    'email in **/audit.log'
    """

    rule: str
    reason: str
    fingerprint: str = ""
    key: str | None = None
    path: str = ""
    expires: date | None = None
    preview: str = ""
    seen: str = ""
    by: str = ""
    added: str = ""

    def __str__(self) -> str:
        text = f"{self.rule} {self.preview or self.fingerprint}".rstrip()
        if self.key is not None and not self.preview:
            text += f" under {self.key!r}" if self.key else " without a key name"
        return visible(f"{text} in {self.path}" if self.path else text)

    def holds(self, day: date) -> bool:
        """Whether the entry has not run out on a day."""
        return self.expires is None or self.expires >= day

    def is_about(self, finding: Finding) -> bool:
        """Whether rule, fingerprint and key are those of a finding, wherever that was seen."""
        if self.rule != finding.rule or (self.fingerprint and self.fingerprint != finding.fingerprint):
            return False
        if self.key is None:
            # What is beyond the limit on distinct values has no key of its own, so an entry with one is not about it.
            return True
        return self.key == finding.key and not finding.overflow


@dataclass(frozen=True)
class Baseline:
    """Findings that are known. The order of the entries does not matter.

    Attributes:
        entries: in the order of the file that is written.
        key_id: names the key of the fingerprints; empty if there are none.
        name: how messages call it: its file.
    """

    entries: tuple[Entry, ...] = ()
    key_id: str = ""
    name: str = field(default="the baseline", compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "entries", tuple(sorted(set(self.entries), key=_order)))

    def text(self) -> str:
        """Return the file's text, in an order that changes only where findings do.

        >>> print(Baseline().text(), end="")
        {
          "schema": "logscrub/log-baseline/1",
          "key_id": "",
          "findings": []
        }
        """
        document = {"schema": SCHEMA, "key_id": self.key_id, "findings": [_plain(one) for one in self.entries]}
        return json.dumps(document, indent=2) + "\n"

    def check_rules(self, rules: Collection[str]) -> None:
        """Check that there is a rule for each entry without a fingerprint.

        An entry with one was written when there was such a rule; it is told as one that matches nothing.

        Args:
            rules: ids of all rules there are.

        Raises:
            ConfigError: an entry names a rule there is not; the message says what may have been meant.

        >>> Baseline((Entry("email", "test users", path="**"),)).check_rules(["email", "iban"])
        """
        for one in self.entries:
            if not one.fingerprint and one.rule not in rules:
                close = difflib.get_close_matches(one.rule, sorted(rules), n=3)
                hint = f"did you mean {' or '.join(close)}?" if close else "'logscrub rules list' shows them"
                raise ConfigError(f"{visible(self.name)}: {one}: rule: no rule is called {visible(one.rule)!r}; {hint}")


def load(path: str) -> Baseline:
    """Read a baseline file.

    Args:
        path: the file.

    Raises:
        ConfigError: it cannot be read, or does not say what a baseline says: the message names the entry and the key.
    """
    document = read_document(path, SCHEMA)
    key_id = document.get("key_id", "")
    if not isinstance(key_id, str):
        raise ConfigError(f"{visible(path)}: key_id: must be a string")
    entries = [_entry(path, number, value) for number, value in read_entries(path, document, _KEYS, _NEEDED)]
    if not key_id and any(one.fingerprint for one in entries):
        raise ConfigError(
            f"{visible(path)}: key_id: is missing, and fingerprints say nothing without it; write the file anew with "
            "--write-baseline"
        )
    return Baseline(tuple(entries), key_id, path)


def write(path: str, baseline: Baseline) -> None:
    """Write a baseline file, as a whole or not at all.

    Raises:
        SourceError: it cannot be written.
    """
    from logscrub.cli.output import whole_file

    with whole_file(path) as stream:
        stream.write(baseline.text().encode("ascii"))


def apply(result: ScanResult, baseline: Baseline, day: date | None = None) -> ScanResult:
    """Move what a baseline knows from the findings of a scan to those suppressed, and tell which entries ran out.

    A finding is known where every file it was seen in is covered by an entry that still holds.

    Args:
        result: the result, made with the key of the baseline.
        baseline: what is known.
        day: the day it is; today in UTC.

    Raises:
        ConfigError: the result was made with another key.

    >>> apply(ScanResult(findings=()), Baseline()).suppressed
    ()
    """
    check_key(baseline, result.key_id)
    day = day or today()
    index = _Index(baseline.entries)
    left, known = [], list(result.suppressed)
    again: Counter[Entry] = Counter()
    for finding in result.findings:
        entries = index.entries(finding)
        cover = index.cover(finding, [one for one in entries if one.holds(day)])
        if cover is not None:
            known.append(_suppressed(finding, cover))
            continue
        before = index.cover(finding, entries)
        again.update(one for one in before or () if not one.holds(day))
        # A file that people wrote does not say what was there before.
        status = ("known" if before else "new") if baseline.key_id else ""
        left.append(replace(finding, status=finding.status or status))
    expired = [
        f"{visible(baseline.name)}: {one} expired on {one.expires}: {_counts_again(again[one])}"
        for one in baseline.entries
        if not one.holds(day)
    ]
    return replace(result, findings=tuple(left), suppressed=tuple(known), expired=(*result.expired, *expired))


def unused(result: ScanResult, baseline: Baseline, rules: Collection[str] = ()) -> list[Entry]:
    """Return the entries that no finding of a scan matches, of the rules that were looked for.

    Args:
        result: the result, with the baseline applied or not.
        baseline: the baseline.
        rules: ids of all rules there are, if known: nothing can match an entry of another.
    """
    index = _Index(baseline.entries)
    looked_for = {rule for rule, _ in result.rules}
    used: set[Entry] = set()
    for finding in (*result.findings, *(one.finding for one in result.suppressed)):
        looked_for.add(finding.rule)
        used.update(index.entries(finding))
    return [
        one
        for one in baseline.entries
        if one not in used and (one.rule in looked_for or (rules and one.rule not in rules))
    ]


def pruned(result: ScanResult, baseline: Baseline, rules: Collection[str] = ()) -> Baseline:
    """Return a baseline without the entries that no finding of a scan matches.

    Args:
        result: a result of everything the baseline is for, with the baseline applied or not.
        baseline: the baseline.
        rules: ids of all rules there are, if known.

    Raises:
        ConfigError: the scan did not read everything, so nothing can be said to be gone.
    """
    if not result.complete:
        raise ConfigError(
            f"{visible(baseline.name)}: not pruned: not everything was read, so nothing is known to be gone"
        )
    gone = set(unused(result, baseline, rules))
    return replace(baseline, entries=tuple(one for one in baseline.entries if one not in gone))


def renewed(result: ScanResult, baseline: Baseline | None = None) -> Baseline:
    """Return a baseline of all findings of a scan.

    Entries that were there before stay with their reasons and last days; those of single values go with their values,
    if everything was read. Values beyond the limit on distinct ones of a rule are not taken: nobody could tell new ones
    from them.

    Args:
        result: the result, made with a lasting key, with no baseline applied.
        baseline: what was known before, under the same key.

    Raises:
        ConfigError: the result has no lasting key, or another one than the baseline.
    """
    before = baseline or Baseline()
    if not result.key_id:
        raise ConfigError("a baseline needs a key that lasts: set key-file, LOGSCRUB_KEY, or Policy(key=…)")
    check_key(before, result.key_id)
    gone = {one for one in unused(result, before) if one.fingerprint} if result.complete else set()
    index = _Index(before.entries)
    entries = [one for one in before.entries if one not in gone]
    for finding in result.findings:
        if not finding.overflow and index.cover(finding, index.entries(finding)) is None:
            entries += _entries_for(finding)
    return Baseline(tuple(entries), result.key_id, before.name)


def check_key(baseline: Baseline, key_id: str) -> None:
    """Check that fingerprints of a baseline and of a result can be compared.

    Raises:
        ConfigError: they were made with different keys.
    """
    if baseline.key_id and baseline.key_id != key_id and any(one.fingerprint for one in baseline.entries):
        used = f"the key {key_id}" if key_id else "none that lasts"
        raise ConfigError(
            f"{visible(baseline.name)}: was written with the key {visible(baseline.key_id)}, and this scan has {used}: "
            "nothing in it could be recognised"
        )


class _Index:
    """Finds entries for findings."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._values: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
        self._plain: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
        self._others: defaultdict[str, list[Entry]] = defaultdict(list)
        self._names: dict[str, Names] = {}
        for one in entries:
            if one.fingerprint:
                self._values[one.rule, one.fingerprint].append(one)
            elif one.path and is_plain(one.path):
                self._plain[one.rule, normalized(one.path)].append(one)
            else:
                self._others[one.rule].append(one)

    def entries(self, finding: Finding) -> list[Entry]:
        """Return the entries that are about a finding in one of its files, or more."""
        found = dict.fromkeys(self._values.get((finding.rule, finding.fingerprint or ""), ()))
        found.update(dict.fromkeys(self._others.get(finding.rule, ())))
        if self._plain:
            for path, _ in finding.files:
                for form in plain_forms(self._called(path)):
                    found.update(dict.fromkeys(self._plain.get((finding.rule, form), ())))
        return [one for one in found if one.is_about(finding) and any(self._covered(finding, one))]

    def cover(self, finding: Finding, entries: Iterable[Entry]) -> list[Entry] | None:
        """Return entries that together are about a finding in all of its files, None if they are not.

        Args:
            finding: the finding.
            entries: those that are about it in some file.
        """
        ordered = sorted(entries, key=lambda one: (-(one.expires or date.max).toordinal(), _order(one)))
        covered = {one: self._covered(finding, one) for one in ordered}
        for one in ordered:
            if all(covered[one]):
                return [one]
        chosen: dict[Entry, None] = {}
        for files in zip(*covered.values(), strict=True):
            first = next((one for one, is_covered in zip(ordered, files, strict=True) if is_covered), None)
            if first is None:
                return None
            chosen[first] = None
        return list(chosen) or None

    def _covered(self, finding: Finding, entry: Entry) -> list[bool]:
        """Say of each file of a finding whether an entry is about it; last, of those beyond the ones listed."""
        everywhere = entry.path in ("", EVERYWHERE)
        covered = [everywhere or matches(entry.path, self._called(path)) for path, _ in finding.files]
        if finding.file_count > len(finding.files):
            covered.append(everywhere)
        return covered

    def _called(self, path: str) -> Names:
        names = self._names.get(path)
        if names is None:
            names = self._names[path] = names_of(path)
        return names


def _suppressed(finding: Finding, cover: Sequence[Entry]) -> Suppressed:
    reason = "; ".join(dict.fromkeys(one.reason for one in cover))
    until = min((one.expires for one in cover if one.expires is not None), default=None)
    return Suppressed(replace(finding, status="known"), reason, until.isoformat() if until else "")


def _entries_for(finding: Finding) -> Iterator[Entry]:
    if finding.fingerprint:
        seen = names_of(finding.first.path).project
        yield Entry(finding.rule, NEW_REASON, finding.fingerprint, preview=finding.preview, seen=seen)
        return
    for path, _ in finding.files:
        yield Entry(finding.rule, NEW_REASON, key=finding.key, path=pattern_for(path))


def _counts_again(number: int) -> str:
    if not number:
        return "nothing matches it"
    return "1 finding counts again" if number == 1 else f"{number:,} findings count again"


def _order(entry: Entry) -> tuple[str, ...]:
    expires = entry.expires.isoformat() if entry.expires else ""
    key = "" if entry.key is None else f"={entry.key}"
    return (
        entry.rule, entry.path, entry.seen, key, entry.fingerprint, entry.reason, expires, entry.preview, entry.by,
        entry.added,
    )  # fmt: skip


def _plain(entry: Entry) -> dict[str, str]:
    values = {key: getattr(entry, key) for key in _KEYS}
    written = {key: str(value) for key, value in values.items() if value is not None and value != ""}
    if entry.key == "":
        written["key"] = ""
    return {key: written[key] for key in _KEYS if key in written}


def _entry(path: str, number: int, value: dict[str, str]) -> Entry:
    if not value.get("fingerprint") and not value.get("path"):
        raise refusal(
            path,
            number,
            "path: is missing: an entry without a fingerprint says in which files it holds, such as logs/*.log, "
            "audit.log in any directory, or ** for all",
        )
    if "added" in value:
        try:
            date.fromisoformat(value["added"])
        except ValueError:
            raise refusal(path, number, "added: must be a day such as 2030-12-31") from None
    expires = last_day(path, number, value)
    texts = {key: one for key, one in value.items() if key != "expires"}
    return Entry(**texts, expires=expires)
