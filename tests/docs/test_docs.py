"""The documentation: its examples run and print what it says, its links lead somewhere, and no command is left out.

A section is what stands between two headings of the first or second level; the tutorial is one, from beginning to end.
Its examples run in the order they stand in, in one directory, which holds a copy of the sample logs and gets the files
that the section shows (a ``toml`` or ``python`` block whose first line is a comment with a file name). In a ``console``
block a line that starts with ``$ `` is run by a shell and what follows is what it prints; an ``output`` block is what the
``python`` block before it prints. ``...`` stands for anything.
"""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click
import pytest

from logscrub import __version__
from logscrub.cli.app import cli

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
STORIES = {ROOT / "docs" / "tutorial.md"}
FILE_NAME = re.compile(r"# ([\w.-]+\.(?:toml|py))\n")
LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")


@dataclass
class Block:
    """A fenced block: what it is written in, its text, and the line it starts at."""

    language: str
    line: int
    text: str = ""

    @property
    def is_file(self) -> bool:
        return self.language in ("toml", "python") and FILE_NAME.match(self.text) is not None


@dataclass
class Section:
    """What stands under a heading."""

    document: Path
    title: str
    blocks: list[Block] = field(default_factory=list)
    prose: list[tuple[int, str]] = field(default_factory=list)

    @property
    def runs(self) -> bool:
        return any(block.language in ("python", "console") for block in self.blocks)

    def __str__(self) -> str:
        return f"{self.document.relative_to(ROOT).as_posix()}: {self.title}"


def read_sections(document: Path) -> Iterator[Section]:
    section, block = Section(document, "(top)"), None
    for number, line in enumerate(document.read_text("utf-8").splitlines(), start=1):
        if block is not None and line.strip() == "```":
            block = None
        elif block is not None:
            block.text += line + "\n"
        elif line.startswith("```"):
            block = Block(line.strip("`").strip(), number)
            section.blocks.append(block)
        elif re.match(r"##? ", line) and document not in STORIES:
            yield section
            section = Section(document, line.lstrip("# "), prose=[(number, line)])
        else:
            section.prose.append((number, line))
    assert block is None, f"{document}: the block of line {block and block.line} has no end"
    yield section


SECTIONS = [section for document in DOCUMENTS for section in read_sections(document)]


@pytest.fixture
def environment(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A directory with the sample logs, and ``logscrub`` on the path: that of this checkout, run by this Python."""
    shutil.copytree(ROOT / "sample_logs", tmp_path / "sample_logs")
    commands = tmp_path_factory.mktemp("bin")
    for name, what in (("logscrub", " -m logscrub"), ("python", "")):
        (commands / name).write_text(f'#!/bin/sh\nexec "{sys.executable}"{what} "$@"\n')
        (commands / name).chmod(0o755)
    hidden = ("LOGSCRUB_", "PYTEST_", "NO_COLOR", "FORCE_COLOR", "GITHUB_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    return {
        **kept,
        "COLUMNS": "100",
        "PATH": os.pathsep.join([str(commands), os.environ.get("PATH", os.defpath)]),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "PYTHONWARNINGS": "error",
    }


@pytest.mark.skipif(os.name == "nt", reason="the examples are written for a POSIX shell")
@pytest.mark.parametrize("section", [one for one in SECTIONS if one.runs], ids=str)
def test_examples_run_and_print_what_is_shown(section: Section, tmp_path: Path, environment: dict[str, str]) -> None:
    for block, following in zip(section.blocks, [*section.blocks[1:], None], strict=True):
        place = f"{section}, line {block.line}"
        if block.is_file and (name := FILE_NAME.match(block.text)):
            (tmp_path / name[1]).write_text(block.text, "utf-8")
        elif block.language == "python":
            code, shown = run([sys.executable, "-c", block.text], tmp_path, environment)
            assert code == 0, f"{place}:\n{shown}"
            if following is not None and following.language == "output":
                compare(following.text, shown, place)
        elif block.language == "console":
            for command, expected in commands(block, place):
                _, shown = run(["sh", "-c", command], tmp_path, environment)
                compare(expected, shown, f"{place}: {command}")


def commands(block: Block, place: str) -> Iterator[tuple[str, str]]:
    before, *parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
    assert not before, f"{place}: a console block starts with a command"
    for part in parts:
        command, _, expected = part.partition("\n")
        yield command, expected


def run(command: list[str], directory: Path, environment: dict[str, str]) -> tuple[int, str]:
    done = subprocess.run(
        command,
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, done.stdout


def compare(expected: str, shown: str, place: str) -> None:
    want, got = ("".join(f"{line.rstrip()}\n" for line in text.splitlines()) for text in (expected, shown))
    if not doctest.OutputChecker().check_output(want, got, doctest.ELLIPSIS):
        assert got == want, place


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_internal_link_leads_somewhere(document: Path) -> None:
    dead = []
    for section in SECTIONS:
        if section.document != document:
            continue
        for number, line in section.prose:
            for link in LINK.finditer(line):
                path, _, anchor = link["target"].partition("#")
                if "://" in link["target"] or path.startswith("mailto:"):
                    continue
                target = (document.parent / path).resolve() if path else document
                if not target.exists() or (anchor and anchor not in anchors(target)):
                    dead.append(f"line {number}: {link['target']}")
    assert dead == []


def anchors(document: Path) -> set[str]:
    """The names that headings go by in a link."""
    heads = [line for one in read_sections(document) for _, line in one.prose if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", head.lstrip("# ").lower()).replace(" ", "-") for head in heads}


def verbs(group: click.Group, name: str) -> Iterator[str]:
    context = click.Context(group)
    for verb in group.list_commands(context):
        command = group.get_command(context, verb)
        if isinstance(command, click.Group):
            yield from verbs(command, f"{name} {verb}")
        else:
            yield f"{name} {verb}"


@pytest.mark.parametrize("verb", list(verbs(cli, "logscrub")))
def test_every_command_is_in_the_documentation(verb: str) -> None:
    """In a page that somebody wrote: the reference has them by itself."""
    written = [document for document in DOCUMENTS if document.parent.name != "reference"]
    assert any(re.search(rf"\b{re.escape(verb)}\b", document.read_text("utf-8")) for document in written)


def test_the_readme_and_the_checks_run_the_tests_alike() -> None:
    """What the README tells to type is what ``.ci/run`` does, in a directory of its own."""
    (shell,) = (
        block.text.strip()
        for section in SECTIONS
        for block in section.blocks
        if section.document.name == "README.md" and block.language == "sh" and "pytest" in block.text
    )
    steps = [line.removeprefix("step ") for line in (ROOT / ".ci" / "run").read_text().splitlines()]
    steps = [re.sub(r'"([^"]*)"', r"\1", step).replace("$venv", ".venv") for step in steps]
    for command in shell.split(" && "):
        command = re.sub(r"^python3", "${PYTHON:-python3}", command)
        assert any(step.startswith(command) for step in steps), command


def test_the_changelog_tells_of_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert f"## [{__version__}]" in text or "## [Unreleased]" in text
