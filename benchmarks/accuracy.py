"""What logscrub finds and what it flags by mistake, next to Presidio and detect-secrets, in one run.

    python benchmarks/accuracy.py [--corpora DIR] [--logs DIR]... [--lines N] [--markdown] [--json FILE]
    python benchmarks/accuracy.py --update docs/accuracy.md [--logs DIR]...
    python benchmarks/accuracy.py --disagreements tests/corpora/disagreements.jsonl

The corpora are other projects' test cases; they lie beside the repository, not in it. --logs takes directories of real
logs. --disagreements writes the list of the cases that we judge differently on purpose anew, from the rules as they are.
"""

from __future__ import annotations

import argparse
import datetime
import gzip
import json
import platform
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import _corpora as corpora
import _disagreements as disagreements
from _corpora import ANY, Case, Row
from _disagreements import Disagreement
from _tools import ROOT, DetectSecrets, Found, Logscrub, Presidio, Tool

LISTED = ROOT / "tests" / "corpora" / "disagreements.jsonl"
PERSONAL = ("pii", "financial", "network")
BEGIN, END = "<!-- accuracy: begin -->", "<!-- accuracy: end -->"
DEFINITIONS = """\
**Secrets** (`secrets.jsonl`). A `match` row is *found* when findings of secrets cover at least the middle half of the
secret that the row marks; where it marks none, when there is any finding of a secret. *Literal* rows are texts somebody
wrote, *generated* rows were made from the source's own expression. A `no_match` row is flagged *by any* when there is any
finding of a secret in it; *by shape* when one of them is the value's own shape, not the name of a key or mere randomness;
*by its kind* when the rule of such a finding shares a telling word with the row's rule. All these rows say only that one
rule must not fire, which the last of the three comes nearest to. *Listed*: how many of the rows that are missed, or
flagged by any, `tests/corpora/disagreements.jsonl` lists with a reason. They stay in all other figures.

**Redaction** (`redaction.jsonl`). A row holds when nothing of `must_not_contain` is in what logscrub makes of its input
under the default policy, and all of `must_contain` is. Rows that need a registered value, and rows that need not hold
(`optional`), are counted apart.

**Personal data** (`personal.jsonl`). A positive is an expected span, *found* when findings of the rules that stand for its
entity cover its middle half. A negative is a text that must not hold the entity, *flagged* when one of those rules finds
something in it. All our rules on personal data are on, and all pattern recognizers of Presidio, of every country; persons,
places and organizations in prose need a language model, which neither has here. `benchmarks/personal_entities.toml` says
which of our rules stand for an entity; for one that is not there any of them counts. An entity that we only claim beside
a word, because bare digits in a log are anything, is shown as the suite has it and *with the word* put before it. Rows
that ask for the check digit of a bare number are a group of their own, rows without a verdict are left out. Most of the
rows are Presidio's tests of its own recognizers.

**Logs.** Findings per 1,000 lines, on the same lines for each tool: an even sample of the files. Nobody has labelled
these lines; the figures say how much there is to read. Presidio runs its default English recognizers without a score
threshold, as its engine does unless told otherwise."""


@dataclass
class Share:
    """So many of so many."""

    part: int = 0
    whole: int = 0

    def add(self, holds: bool) -> None:
        """Count one case."""
        self.part += holds
        self.whole += 1

    def __str__(self) -> str:
        return f"{self.part} of {self.whole} ({100 * self.part / self.whole:.1f} %)" if self.whole else "–"


Table = tuple[Sequence[str], Sequence[Sequence[str]]]


# Secrets


def judge(tool: Tool, rows: Sequence[Row]) -> list[tuple[Row, list[Found]]]:
    """Return each row with what a tool finds in its text."""
    return [(row, tool.find(row["text"])) for row in rows]


def disagree(tool: Logscrub, judged: Sequence[tuple[Row, list[Found]]]) -> list[Disagreement]:
    """Return where our verdicts differ from those of the corpus."""
    categories = {rule.id: rule.category for rule in tool.rules.values()}
    kinds = disagreements.classes(categories, [row for row, _ in judged])
    differ = (disagreements.disagreement(row, found, kinds) for row, found in judged)
    return [one for one in differ if one is not None]


def secret_shares(
    judged: Iterable[tuple[Row, list[Found]]], listed: Mapping[tuple[str, str], Disagreement]
) -> dict[str, dict[str, Share]]:
    """Return the shares by source, and by ``all``."""
    out: dict[str, dict[str, Share]] = defaultdict(lambda: defaultdict(Share))
    for row, found in judged:
        known = (corpora.identity(row), row["expect"]) in listed
        for source in (row["source"], "all"):
            shares = out[source]
            if row["expect"] == "match":
                holds = corpora.is_found(row, found)
                shares[f"found, {row['origin']}"].add(holds)
                if not holds:
                    shares["missed, listed"].add(known)
            else:
                flags = corpora.flags(row, found)
                shares["flagged by any"].add(flags.any)
                shares["flagged by shape"].add(flags.specific)
                shares["flagged by its kind"].add(flags.same_kind)
                if flags.any:
                    shares["flagged, listed"].add(known)
    return out


# Redaction


def redaction_shares(rows: Iterable[Row]) -> dict[str, Share]:
    """Return how many rows hold, by what they ask for."""
    import logscrub

    scrub = logscrub.Scrubber().scrub
    shares: dict[str, Share] = defaultdict(Share)
    for row in rows:
        values = row.get("known_values", [])
        if values:
            logscrub.protect(values, name="corpus")
        left, lost = corpora.redacted(row, scrub)
        if values:
            logscrub.forget(name="corpus")
        if "optional" in row["tags"]:
            shares["optional"].add(not left and not lost)
        elif values:
            shares["registered values"].add(not left and not lost)
        else:
            shares["rows"].add(not left and not lost)
            shares[f"rows, {row['id'].rpartition('-')[0]}"].add(not left and not lost)
            shares["rows with nothing left"].add(not left)
            shares["rows with nothing lost"].add(not lost)
    return dict(sorted(shares.items()))


# Personal data


def personal_shares(
    tool: Tool, cases: Iterable[Case], rules: Callable[[str], frozenset[str] | None]
) -> dict[str, dict[str, Share]]:
    """Return the shares by group and by entity.

    Args:
        rules: the names a tool has for an entity; None if any of its findings counts.
    """
    out: dict[str, dict[str, Share]] = defaultdict(lambda: defaultdict(Share))
    find = cache(tool.find)
    for case in cases:
        names = rules(case.entity)
        found = [one for one in find(case.text) if not one.secret and (names is None or one.rule in names)]
        holds = corpora.covers(found, *case.span) if case.span else bool(found)
        for group in (case.group, f"{case.group}: {case.entity}"):
            out[group]["found" if case.span else "flagged"].add(holds)
    return out


# Logs


def log_lines(folder: Path) -> Iterator[str]:
    """Yield the lines of the text files below a folder, hidden ones left out; gzip is unpacked."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue
        with path.open("rb") as stream:
            head = stream.read(8192)
        opener: Callable[..., Any] = gzip.open if head[:2] == b"\x1f\x8b" else open
        with opener(path, "rb") as stream:
            if b"\0" in stream.read(8192):
                continue
            stream.seek(0)
            for line in stream:
                yield line.decode("utf-8", "replace").rstrip("\r\n")


def sample(folder: Path, size: int) -> tuple[list[str], int]:
    """Return an even sample of the lines below a folder, and how many lines there are; size 0 is all of them."""
    total = sum(1 for _ in log_lines(folder))
    if not total:
        raise SystemExit(f"{folder}: no text in it")
    step = max(1, total // size) if size else 1
    return list(islice(log_lines(folder), 0, None, step)), total


# Tables


def secrets_table(results: Mapping[str, dict[str, dict[str, Share]]]) -> Table:
    """Lay the tools side by side, a row for each source."""
    head = ["source", "tool", "found, literal", "found, generated", "missed, listed"]
    head += ["flagged by any", "by shape", "by its kind", "flagged, listed"]
    rows = []
    for source in ("all", *sorted(set(next(iter(results.values()))) - {"all"})):
        for tool, shares in results.items():
            one = shares[source]
            ours = tool == "logscrub"
            cells = [
                source,
                tool,
                one["found, literal"],
                one["found, generated"],
                one["missed, listed"] if ours else "",
            ]
            cells += [one[f"flagged {by}"] for by in ("by any", "by shape", "by its kind")]
            rows.append(tuple(map(str, [*cells, one["flagged, listed"] if ours else ""])))
    return tuple(head), rows


def classes_table(found: Iterable[Disagreement], listed: Mapping[tuple[str, str], Disagreement]) -> Table:
    """Count the disagreements by class, and how many of each are listed."""
    unique = {(one.id, one.expect): one for one in found}
    count = Counter((one.expect, one.kind) for one in unique.values())
    known = Counter((one.expect, one.kind) for key, one in unique.items() if key in listed)
    rows = [
        (
            "missed" if expect == "match" else "flagged",
            kind or "(none: unexplained)",
            str(many),
            str(known[expect, kind]),
        )
        for (expect, kind), many in sorted(count.items(), key=lambda item: (item[0][0], -item[1]))
    ]
    return ("verdict", "class", "rows", "listed"), rows


def personal_table(results: Mapping[str, dict[str, dict[str, Share]]], mapped: Mapping[str, Any]) -> Table:
    """Lay the tools side by side, a row for each group and entity."""
    head = ["cases"]
    for tool in results:
        head += [f"found, {tool}", f"flagged, {tool}"]
    names = {name for shares in results.values() for name in shares}
    rows = []
    for name in sorted(names, key=lambda name: (": " in name, name)):
        group, _, entity = name.partition(": ")
        note = "" if not entity or entity in mapped else " (any rule)"
        cells = [f"{name}{note}" if entity else f"**{group}**"]
        for shares in results.values():
            one = shares.get(name, {})
            cells += [str(one.get("found", Share())), str(one.get("flagged", Share()))]
        rows.append(tuple(cells))
    return tuple(head), rows


def logs_table(results: Mapping[str, Mapping[str, Any]]) -> Table:
    """Lay the tools side by side, a row for each directory and tool."""
    rows = []
    for folder, tools in results.items():
        for tool, one in tools["tools"].items():
            top = ", ".join(f"{rule} {rate:.1f}" for rule, rate in islice(one["rules"].items(), 5))
            rows.append(
                (
                    folder,
                    tool,
                    f"{one['findings']:.1f}",
                    f"{one['lines_touched']:.1f}",
                    top,
                    f"{tools['sampled']:,} of {tools['lines']:,}",
                )
            )
    return ("logs", "tool", "findings per 1,000 lines", "lines touched of 1,000", "most frequent", "lines"), rows


def written(title: str, table: Table, *, markdown: bool) -> Iterator[str]:
    """Yield the lines of a table under its title."""
    head, rows = table
    yield f"### {title}" if markdown else title
    yield ""
    if markdown:
        yield f"| {' | '.join(head)} |"
        yield f"|{'---|' * len(head)}"
        yield from (f"| {' | '.join(row)} |" for row in rows)
    else:
        widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
        for row in (head, *rows):
            yield "  ".join(
                cell.replace("**", "").ljust(width) for cell, width in zip(row, widths, strict=True)
            ).rstrip()
    yield ""


# The run


def peer(kind: Callable[[], Tool], name: str, missing: list[str]) -> Tool | None:
    """Make a tool, or note that it is not installed."""
    try:
        return kind()
    except ModuleNotFoundError:
        missing.append(name)
        return None


def run(folder: Path, logs: Sequence[Path], lines: int) -> tuple[dict[str, Any], list[tuple[str, Table]], list[str]]:
    """Measure everything; return the figures, the tables, and the lines that say what was measured."""
    missing: list[str] = []
    ours = Logscrub("default", "secret")
    searcher = peer(DetectSecrets, "detect-secrets", missing)
    analyzer = peer(Presidio, "Presidio", missing)
    tables: list[tuple[str, Table]] = []
    figures: dict[str, Any] = {}
    notes: list[str] = []

    if folder.is_dir():
        listed = disagreements.load(LISTED)
        rows = corpora.read(folder / "secrets.jsonl")
        judged = judge(ours, rows)
        secrets = {ours.name: secret_shares(judged, listed)}
        if searcher:
            secrets[searcher.name] = secret_shares(judge(searcher, rows), {})
        figures["secrets"] = secrets
        tables.append(("Secrets", secrets_table(secrets)))
        tables.append(("Where we judge secrets differently", classes_table(disagree(ours, judged), listed)))

        shares = redaction_shares(corpora.read(folder / "redaction.jsonl"))
        figures["redaction"] = shares
        body = [(group, str(share)) for group, share in shares.items()]
        tables.append(("Redaction", (("rows", "logscrub"), body)))

        cases, left_out = corpora.personal_cases(corpora.read(folder / "personal.jsonl"))
        entities = corpora.Entities.read()
        personal_tool = Logscrub(*PERSONAL)
        personal = {
            "logscrub": personal_shares(personal_tool, cases, entities.rules),
            "logscrub with the word": personal_shares(personal_tool, map(entities.with_keyword, cases), entities.rules),
        }
        if analyzer:
            everything = Presidio(everything=True)
            aliases = entities.names
            personal["Presidio"] = personal_shares(
                everything, cases, lambda name: None if name == ANY else aliases.get(name, frozenset({name}))
            )
        figures["personal"] = personal
        tables.append(("Personal data", personal_table(personal, entities.table)))
        notes.append(f"Personal data: {left_out} rows say nothing that can be judged; they are left out.")
    else:
        notes.append(f"The corpora are not in {folder}: not measured.")

    on_logs: dict[str, Any] = {}
    every = Logscrub("all", name="logscrub, every rule") if logs else None
    default = Logscrub("default", name="logscrub, default rules") if logs else None
    for place in logs:
        chosen, total = sample(place, lines)
        one: dict[str, Any] = {"lines": total, "sampled": len(chosen), "tools": {}}
        for tool in (default, every, analyzer, searcher):
            if tool is None:
                continue
            rules, touched = tool.count(chosen)
            rate = 1000 / len(chosen)
            one["tools"][tool.name] = {
                "findings": rules.total() * rate,
                "lines_touched": touched * rate,
                "rules": {rule: many * rate for rule, many in rules.most_common()},
            }
        on_logs[place.name] = one
    if on_logs:
        figures["logs"] = on_logs
        tables.append(("Logs", logs_table(on_logs)))

    versions = {tool.name: tool.version for tool in (ours, searcher, analyzer) if tool}
    figures["versions"] = versions
    figures["date"] = datetime.datetime.now(datetime.UTC).date().isoformat()
    named = [f"{name} {version}" for name, version in versions.items()] + [f"{name}: not installed" for name in missing]
    notes.insert(0, f"{figures['date']}; Python {platform.python_version()}; {'; '.join(named)}.")
    return figures, tables, notes


def plain(value: Any) -> Any:
    """Return figures as JSON can hold them."""
    if isinstance(value, Share):
        return {"part": value.part, "whole": value.whole}
    return {key: plain(one) for key, one in value.items()} if isinstance(value, dict) else value


def update(document: Path, lines: Iterable[str]) -> None:
    """Replace what stands between the markers of a document."""
    text = document.read_text("utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{document}: the lines {BEGIN} and {END} are not there")
    document.write_text("\n".join([before + BEGIN, "", *lines]).rstrip() + "\n\n" + END + after, "utf-8")


def main() -> None:
    """Measure and print, or write the list of disagreements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpora", type=Path, default=corpora.CORPORA, metavar="DIR")
    parser.add_argument("--logs", type=Path, action="append", default=[], metavar="DIR", help="may be repeated")
    parser.add_argument("--lines", type=int, default=10_000, metavar="N", help="lines of each DIR, 0 for all of them")
    parser.add_argument("--markdown", action="store_true", help="tables in Markdown")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--update", type=Path, metavar="FILE", help="write the tables between the markers of FILE")
    parser.add_argument(
        "--disagreements", type=Path, metavar="FILE", help="write the list of disagreements anew; nothing else"
    )
    options = parser.parse_args()
    if options.disagreements:
        ours = Logscrub("default", "secret")
        found = disagree(ours, judge(ours, corpora.read(options.corpora / "secrets.jsonl")))
        count = disagreements.save(options.disagreements, found)
        print(f"{options.disagreements}: {count} rows listed", file=sys.stderr)
        for line in written(
            "Disagreements", classes_table(found, disagreements.load(options.disagreements)), markdown=False
        ):
            print(line)
        return
    figures, tables, notes = run(options.corpora, options.logs, options.lines)
    if options.json:
        options.json.write_text(json.dumps(plain(figures), indent=2, ensure_ascii=False) + "\n", "utf-8")
    markdown = options.markdown or options.update is not None
    lines = [*notes, ""] + [line for title, table in tables for line in written(title, table, markdown=markdown)]
    if options.update:
        update(options.update, lines)
        return
    print(DEFINITIONS, end="\n\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
