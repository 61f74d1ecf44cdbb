"""Records that hold two kinds of things at once: what is harmless alone may not be so beside something else."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace

from logscrub.comply.model import Sample
from logscrub.comply.records.census import Progress
from logscrub.comply.records.model import Together
from logscrub.comply.records.reading import Reading
from logscrub.detect import Detector
from logscrub.errors import ConfigError
from logscrub.model import Severity
from logscrub.policy import Policy
from logscrub.rules.rule import Field, Rule, RuleSet
from logscrub.sources import Limits

_MOST_SAMPLES = 5
_TAG = "tag:"


def together(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    groups: Sequence[Sequence[str]],
    policy: Policy | None = None,
    *,
    limits: Limits | None = None,
    storage_options: Sequence[str] = (),
    progress: Progress | None = None,
) -> Together:
    """Count the records that hold a match of each group.

    Args:
        paths, limits, storage_options, progress: as for :func:`logscrub.comply.records.census`.
        groups: of rules: their ids, categories, families of these (``secret``), and ``tag:NAME``.
        policy: what is looked for beside that: where values overlap, the better name wins, as in a scan.

    A record is a line, or what the format has for one. One value does not count for two groups.

    Raises:
        ConfigError: a group names what no rule has.

    >>> together([], [["email"], ["password"]], Policy(select=("email", "password"))).records
    0
    """
    policy = policy or Policy()
    everything = replace(policy, select=("all",), ignore=(), min_severity=Severity.INFO).rules()
    members = [rule_ids(everything, names) for names in groups]
    wanted = frozenset(one.id for one in policy.rules().everything()).union(*members)
    looked_for = replace(
        everything,
        rules=tuple(one for one in everything.rules if one.id in wanted),
        fields=tuple(one for one in everything.fields if one.id in wanted),
    )
    detector = Detector(
        looked_for, min_confidence=policy.min_confidence, time_limit=policy.time_limit, known=policy.known()
    )
    reading = Reading(paths, detector, limits, storage_options, progress)
    records = 0
    sources: set[str] = set()
    met: list[set[str]] = [set() for _ in members]
    samples: list[Sample] = []
    for seen in reading:
        found = [match.rule for match, _ in seen.values]
        places = [{number for number, rule in enumerate(found) if rule in ids} for ids in members]
        if not _apart(places):
            continue
        records += 1
        sources.add(seen.path)
        for rules_met, numbers in zip(met, places, strict=True):
            rules_met.update(found[number] for number in numbers)
        if len(samples) < _MOST_SAMPLES:
            shown = " and ".join("/".join(sorted({found[one] for one in numbers})) for numbers in places)
            samples.append(Sample(f"{seen.path}:{seen.line}", shown))
    return Together(
        groups=tuple(tuple(names) for names in groups),
        records=records,
        sources=len(sources),
        rules=tuple(tuple(sorted(one)) for one in met),
        samples=tuple(samples),
        unread=tuple(reading.unread),
        stopped=reading.stopped,
    )


def rule_ids(rules: RuleSet, names: Iterable[str]) -> frozenset[str]:
    """Return the ids of the rules that answer to some names.

    Args:
        rules: all there are.
        names: ids, categories, families of these, and ``tag:NAME``.

    Raises:
        ConfigError: no rule answers to a name.
    """
    found: set[str] = set()
    everything: list[Rule | Field] = [*rules.rules, *rules.fields]
    for name in names:
        answering = {
            one.id
            for one in everything
            if (name.startswith(_TAG) and name.removeprefix(_TAG) in one.tags)
            or name in (one.id, one.category, one.category.partition(".")[0])
        }
        if not answering and name not in rules.labels:  # of Presidio's recognizers there may be none here
            raise ConfigError(f"no rule or category is called {name!r}; 'logscrub rules list --select all' shows them")
        found |= answering
    return frozenset(found)


def _apart(places: Sequence[set[int]]) -> bool:
    """Tell whether each group can have a match of its own.

    >>> _apart([{0}, {0, 1}]), _apart([{0}, {0}])
    (True, False)
    """
    taken: dict[int, int] = {}  # by match, the group that has it

    def give(group: int, asked: set[int]) -> bool:
        for number in places[group] - asked:
            asked.add(number)
            if number not in taken or give(taken[number], asked):
                taken[number] = group
                return True
        return False

    return all(give(group, set()) for group in range(len(places)))
