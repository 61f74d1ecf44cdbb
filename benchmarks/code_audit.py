"""How many real leaks in source code ``logscrub code`` finds, what else it reports, and what it costs.

    python benchmarks/code_audit.py --leaks FILE --mirrors DIR [--semgrep PROGRAM --semgrep-rule FILE]
        [--bandit PROGRAM] [--misses FILE] [--others FILE]
    python benchmarks/code_audit.py --cases FILE --mirrors DIR
    python benchmarks/code_audit.py --tree DIR... [--sample N --seed S --out FILE]

--leaks takes leaks that maintainers fixed: repository, commit, file, lines. --cases takes annotated lines of the tests of
other tools. The files are read with git from the copies of the repositories in --mirrors, as
``owner+name/repo`` or ``owner/name``, into a temporary directory. --tree takes checkouts; --sample writes that many of the
findings of high severity there, with the source around them, for a person to judge.

(Not ``code.py``: that name is a module of the standard library, which pdb and doctest import.)
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import random
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import _corpora as corpora
from _code import (
    Auditor,
    Bandit,
    Grep,
    Leak,
    Logscrub,
    Mark,
    Marks,
    Semgrep,
    audit_seconds,
    blob,
    commits,
    count_lines,
    extract,
    is_found,
    is_still_found,
    others,
    seconds,
    statement,
)
from _tools import ROOT
from accuracy import Share, Table, plain, written

if TYPE_CHECKING:
    from logscrub.code.model import CodeFinding

DEFINITIONS = """\
**Leaks.** A row is a file of a commit that closed a leak; it is audited alone, as it was before and after. A commit is
*found* when a finding in any of its files before the fix touches a statement that leaked; *with steps*, when any step on
the way there does. *Others* are findings before the fix that do not touch one. *After the fix* counts rows with a finding
on the lines that the fix changed, among rows that have such lines: each is a sanitizer that was not understood.

**Cases.** An annotated line is flagged when a finding touches its statement.

**Cost** is processor time of a process of its own and its children, start included."""

# Languages of the annotated lines, and those of them that are read.
READ = {"python", "javascript", "java", "go"}
SEVERITIES = ("high", "medium", "low")
# Lines of source shown before and after a finding.
AROUND = 6

# Figures, titled tables, and lines that say what was measured.
Results = tuple[dict[str, Any], list[tuple[str, Table]], list[str]]


# Leaks


@dataclass
class Level:
    """What a tool makes of the leaks.

    Attributes:
        rows, commits: found, by category and ``all``; the statement that prints is where the leak is.
        reached: commits found, by category and ``all``, steps on the way counted too.
        others: findings that are not where a leak is.
        statements: the statements these are in.
        after: rows with a finding on what was fixed, among those with such lines.
        after_found: the same among the rows that were found before the fix.
    """

    rows: dict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    commits: dict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    reached: dict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    others: int = 0
    statements: int = 0
    after: Share = field(default_factory=Share)
    after_found: Share = field(default_factory=Share)


def score(leaks: Iterable[Leak], marks: Marks) -> Level:
    """Score the findings of a tool. Rows whose files are not there are left out."""
    out = Level()
    by_category: dict[str, list[Leak]] = defaultdict(list)
    for leak in leaks:
        if leak.before is None:
            continue
        by_category[leak.category].append(leak)
        by_category["all"].append(leak)
        found = is_found(leak, marks, Mark.hits)
        for group in (leak.category, "all"):
            out.rows[group].add(found)
        rest = others(leak, marks)
        out.others += len(rest)
        out.statements += len({mark.lines for mark in rest})
        if leak.fixed and leak.after is not None:
            still = is_still_found(leak, marks)
            out.after.add(still)
            if is_found(leak, marks, Mark.reaches):
                out.after_found.add(still)
    for group, members in by_category.items():
        for shares, holds in ((out.commits, Mark.hits), (out.reached, Mark.reaches)):
            for found in commits(members, marks, holds).values():
                shares[group].add(found)
    return out


def sources(leaks: Iterable[Leak]) -> list[Path]:
    """Return the files before the fix."""
    return [leak.before for leak in leaks if leak.before is not None]


def files(leaks: Iterable[Leak]) -> list[Path]:
    """Return the files at both sides."""
    return [side for leak in leaks for side in (leak.before, leak.after) if side is not None]


def found_table(levels: Mapping[str, Level], ours: Level) -> Table:
    """Return what is found by category: the commits of each tool, and for ours rows, and commits with steps."""
    by_size = sorted(ours.rows.items(), key=lambda item: (item[0] == "all", -item[1].whole, item[0]))
    own = [name for name in levels if name.startswith("logscrub")]
    head = ["category", "rows", "commits", *(f"{name}: rows" for name in own), *(f"{name}: commits" for name in levels)]
    head += [f"{name}: with steps" for name in own]
    body = []
    for group, rows in by_size:
        cells = [group, str(rows.whole), str(ours.commits[group].whole)]
        cells += [str(levels[name].rows[group].part) for name in own]
        shares = [level.commits[group] for level in levels.values()] + [levels[name].reached[group] for name in own]
        cells += [f"{share.part} ({100 * share.part / share.whole:.0f} %)" for share in shares]
        body.append(cells)
    return head, body


def rest_table(levels: Mapping[str, Level], costs: Mapping[str, float], lines: int) -> Table:
    """Return what else is found, and what it costs."""
    kloc = lines / 1000
    head = ("tool", "others", "per kLOC", "statements", "after the fix", "of those found before", "CPU ms per kLOC")
    body = [
        (
            name,
            str(level.others),
            f"{level.others / kloc:.2f}",
            str(level.statements),
            str(level.after),
            str(level.after_found),
            f"{1000 * costs[name] / kloc:.1f}" if name in costs else "–",
        )
        for name, level in levels.items()
    ]
    return head, body


def write_misses(path: Path, rows: Sequence[corpora.Row], leaks: Sequence[Leak], levels: Sequence[Marks]) -> None:
    """Write the rows that are missed: at the default level, and if so with bulk too."""
    with path.open("w", encoding="utf-8") as out:
        for leak in leaks:
            if leak.before is None:
                continue
            missed = [not is_found(leak, marks, Mark.reaches) for marks in levels]
            if not missed[0]:
                continue
            row = rows[leak.index]
            one = {
                "index": leak.index,
                "category": leak.category,
                "repo": row["repo"],
                "file": leak.file,
                "lines": leak.ranges,
                "leaked": row["leaked"],
                "missed": "bulk too" if all(missed) else "default",
            }
            out.write(json.dumps(one) + "\n")


def write_others(path: Path, leaks: Sequence[Leak], marks: Marks) -> None:
    """Write every finding before the fix that is not where the leak is, and after it every one on what was fixed."""
    with path.open("w", encoding="utf-8") as out:
        for leak in leaks:
            after = [] if leak.after is None else [one for one in marks.get(leak.after, ()) if one.hits(leak.fixed)]
            for side, found in (("before", others(leak, marks)), ("after", after)):
                for mark in found:
                    place = f"{leak.file}:{mark.lines[0]}"
                    one = {"index": leak.index, "side": side, "place": place, "rule": mark.rule}
                    out.write(json.dumps({**one, "severity": mark.severity, "message": mark.message}) + "\n")


def run_leaks(options: argparse.Namespace, folder: Path) -> Results:
    """Measure the leaks."""
    rows = corpora.read(options.leaks)
    leaks = extract(rows, options.mirrors, folder)
    default, bulk = Logscrub(bulk=False), Logscrub(bulk=True)
    tools: list[Auditor] = [default, bulk]
    if options.semgrep:
        tools.append(Semgrep(options.semgrep, options.semgrep_rule))
    if options.bandit:
        tools.append(Bandit(options.bandit))
    tools.append(Grep())
    both = files(leaks)
    marks = {tool.name: tool.find(both) for tool in tools}
    levels = {name: score(leaks, found) for name, found in marks.items()}
    lines = count_lines(sources(leaks))
    costs = {}
    for number, tool in enumerate(tools):
        # Ours starts with its rules compiled, as on any day but the first, and knows nothing of these files.
        environment = rules_only(folder / f"rules-{number}") if isinstance(tool, Logscrub) else {}
        costs[tool.name] = tool.cost(folder / "before", **environment)
    if options.misses:
        write_misses(options.misses, rows, leaks, [marks[default.name], marks[bulk.name]])
    if options.others:
        write_others(options.others, leaks, marks[default.name])

    notes = [f"{'; '.join(f'{tool.name} {tool.version}' for tool in tools)}."]
    notes += [f"{len(sources(leaks))} files before the fix, {lines / 1000:.1f} kLOC."]
    missing = [leak for leak in leaks if leak.before is None]
    if missing:
        notes.append(f"{len(missing)} rows left out, their files are not in the copies: {_indexes(missing)}.")
    unread = [leak for leak in leaks if leak.before in default.unread]
    if unread:
        notes.append(f"{len(unread)} files not read, or in part: {_indexes(unread)}. Their rows count.")
    figures = {name: plain(vars(level)) for name, level in levels.items()}
    for name, cost in costs.items():
        figures[name]["ms_per_kloc"] = 1e6 * cost / lines
    tables = [
        ("Leaks found", found_table(levels, levels[default.name])),
        ("What else, and at what cost", rest_table(levels, costs, lines)),
    ]
    return figures, tables, notes


def _indexes(leaks: Iterable[Leak]) -> str:
    return ", ".join(str(leak.index) for leak in leaks)


# Annotated lines


def run_cases(options: argparse.Namespace, folder: Path) -> Results:
    """Measure the annotated lines."""
    by_file: dict[tuple[str, str, str], list[corpora.Row]] = defaultdict(list)
    for row in corpora.read(options.cases):
        by_file[row["lang"], row["repo"], row["path"]].append(row)
    tools = (Logscrub(bulk=False), Logscrub(bulk=True))
    head = ["language", "file", *(f"{tool.name}: {kind}" for tool in tools for kind in ("leaks", "no leaks"))]
    body: list[list[str]] = []
    figures: dict[str, Any] = defaultdict(lambda: defaultdict(Share))
    notes = []
    unread: Counter[str] = Counter()
    for number, ((language, repo, path), rows) in enumerate(sorted(by_file.items())):
        if language not in READ:
            unread[language] += len(rows)
            continue
        content = blob(options.mirrors, repo, "HEAD", path)
        if content is None:
            notes.append(f"Not in the copies: {repo} {path}, {len(rows)} lines.")
            continue
        place = folder / str(number) / path
        place.parent.mkdir(parents=True)
        place.write_bytes(content)
        cells = [language, f"{repo.partition('/')[2]}: {place.name}"]
        for tool in tools:
            found = tool.find([place])[place]
            shares = {"leak": Share(), "ok": Share()}
            for row in rows:
                line = row["line"]
                lines = statement(content, line) if language == "python" else (line, line)
                flagged = any(mark.hits([lines]) for mark in found)
                shares[row["expect"]].add(flagged)
                figures[f"{language}, {tool.name}"][row["expect"]].add(flagged)
            cells += [str(shares["leak"]), str(shares["ok"])]
        if place in tools[0].unread:
            notes.append(f"Not read, or in part: {repo} {path}: {tools[0].unread[place]}.")
        body.append(cells)
    for language in sorted({cells[0] for cells in body}):
        cells = [language, "all"]
        for tool in tools:
            shares = figures[f"{language}, {tool.name}"]
            cells += [str(shares["leak"]), str(shares["ok"])]
        body.append(cells)
    if unread:
        listed = ", ".join(f"{language} ({count} lines)" for language, count in sorted(unread.items()))
        notes.append(f"Languages that are not read: {listed}.")
    return {name: plain(dict(shares)) for name, shares in figures.items()}, [("Annotated lines", (head, body))], notes


# Trees


# Audits a tree in one process.
SINGLE = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from logscrub.code.audit import CodeOptions, audit_code
audit_code([Path(sys.argv[2])], CodeOptions(jobs=1))
"""
# One leak.
PROBE = 'import logging\n\n\ndef f(password):\n    logging.info("%s", password)\n'


def rules_only(cache: Path) -> dict[str, str]:
    """Make a cache that holds the compiled rules and nothing of any file that is measured; return the environment."""
    cache.mkdir(mode=0o700)
    environment = {"LOGSCRUB_CACHE_DIR": str(cache)}
    with tempfile.TemporaryDirectory(prefix="logscrub-bench-") as folder:
        Path(folder, "probe.py").write_text(PROBE)
        audit_seconds(folder, **environment)
    return environment


def run_trees(options: argparse.Namespace, folder: Path) -> Results:
    """Measure trees: what is found, and what it costs."""
    figures: dict[str, Any] = {}
    speed: list[list[str]] = []
    found: list[list[str]] = []
    notes: list[str] = []
    chosen: list[str] = []
    for number, tree in enumerate(options.tree):
        result, bulk = Logscrub(bulk=False).audit(tree), Logscrub(bulk=True).audit(tree)
        empty = folder / f"{number}-empty"
        empty.mkdir(mode=0o700)
        single = [sys.executable, "-c", SINGLE, str(ROOT), str(tree)]
        costs = {
            "all caches empty": audit_seconds(tree, LOGSCRUB_CACHE_DIR=str(empty)),
            "warm": audit_seconds(tree, LOGSCRUB_CACHE_DIR=str(empty)),
            "rules compiled": audit_seconds(tree, **rules_only(folder / f"{number}-rules")),
            "rules compiled, one process": seconds(single, **rules_only(folder / f"{number}-single")),
        }
        costs = {name: 1e6 * cost / result.lines for name, cost in costs.items()}
        speed.append([tree.name, f"{result.lines / 1000:.1f}", *(f"{cost:.2f}" for cost in costs.values())])
        one: dict[str, Any] = {"lines": result.lines, "files": result.files, "ms_per_kloc": costs}
        for level, findings in (("default", result.findings), ("bulk", bulk.findings)):
            severities = Counter(str(finding.severity) for finding in findings)
            one[level] = dict(severities)
            rates = (f"{severities[name]} ({1000 * severities[name] / result.lines:.3f})" for name in SEVERITIES)
            found.append([tree.name, level, *rates])
        figures[str(tree)] = one
        if result.problems:
            reasons = Counter(problem.reason for problem in result.problems).most_common(5)
            listed = "; ".join(f"{reason} ({count})" for reason, count in reasons)
            notes.append(f"{tree.name}: {len(result.problems)} of {result.files} files not read, or in part: {listed}.")
        high = [finding for finding in result.findings if str(finding.severity) == "high"]
        picked = random.Random(options.seed).sample(high, min(options.sample, len(high)))
        chosen += [shown(finding, index) for index, finding in enumerate(picked, len(chosen) + 1)]
    if options.out:
        options.out.write_text("\n".join(chosen), "utf-8")
    costs_head = ("tree", "kLOC", *costs)
    tables: list[tuple[str, Table]] = [
        ("CPU ms per kLOC", (costs_head, speed)),
        ("Findings (per kLOC)", (("tree", "level", *SEVERITIES), found)),
    ]
    return figures, tables, notes


def shown(finding: CodeFinding, index: int) -> str:
    """Return a finding for a person to judge, with the source around it."""
    place = finding.place
    lines = Path(place.path).read_text("utf-8", errors="replace").split("\n")
    first, last = max(1, place.line - AROUND), min(len(lines), max(place.line, place.end_line) + AROUND)
    out = [
        f"## {index}. {place.path}:{place.line}",
        f"{finding.rule}, {finding.kind}, {finding.field}, at {finding.level or 'no level'}: {finding.message}",
        *(f"- line {step.place.line}: {step.text}" for step in finding.steps),
        "```",
        *(
            f"{'>' if place.overlaps(number, number) else ' '}{number:6} {lines[number - 1]}"
            for number in range(first, last + 1)
        ),
        "```",
        "verdict:",
        "",
    ]
    return "\n".join(out)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leaks", type=Path, metavar="FILE", help="leaks that were fixed, as JSON lines")
    parser.add_argument("--cases", type=Path, metavar="FILE", help="annotated lines, as JSON lines")
    parser.add_argument("--mirrors", type=Path, metavar="DIR", help="copies of the repositories")
    parser.add_argument("--semgrep", type=Path, metavar="PROGRAM", help="compare with Semgrep")
    parser.add_argument("--semgrep-rule", type=Path, metavar="FILE", help="under this rule")
    parser.add_argument("--bandit", type=Path, metavar="PROGRAM", help="compare with Bandit")
    parser.add_argument("--misses", type=Path, metavar="FILE", help="write the rows that are missed")
    parser.add_argument("--others", type=Path, metavar="FILE", help="write the findings that are not on a leak")
    parser.add_argument("--tree", type=Path, action="append", default=[], metavar="DIR", help="may be repeated")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="findings of each tree to judge by hand")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to write them")
    parser.add_argument("--markdown", action="store_true", help="tables in Markdown")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args()
    if (options.leaks or options.cases) and not options.mirrors:
        parser.error("--leaks and --cases need --mirrors")
    if bool(options.semgrep) != bool(options.semgrep_rule):
        parser.error("--semgrep and --semgrep-rule need each other")
    if bool(options.sample) != bool(options.out):
        parser.error("--sample and --out need each other")
    parts: list[Callable[[argparse.Namespace, Path], Results]] = []
    parts += [run_leaks] if options.leaks else []
    parts += [run_cases] if options.cases else []
    parts += [run_trees] if options.tree else []
    if not parts:
        parser.error("nothing to measure: give --leaks, --cases or --tree")
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    figures: dict[str, Any] = {"date": today}
    print(f"{DEFINITIONS}\n\n{today}; Python {platform.python_version()}.\n")
    for part in parts:
        with tempfile.TemporaryDirectory(prefix="logscrub-bench-") as name:
            folder = Path(name)
            cache = folder / "cache"
            cache.mkdir(mode=0o700)
            # What an earlier run left behind must not change what is found.
            os.environ["LOGSCRUB_CACHE_DIR"] = str(cache)
            measured, tables, notes = part(options, folder)
        figures[part.__name__.removeprefix("run_")] = measured
        print("\n".join([*notes, ""]))
        for title, table in tables:
            print("\n".join(written(title, table, markdown=options.markdown)))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
