"""What watches one test, and says what it put out that it should not have."""

from __future__ import annotations

import os
import traceback
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from logscrub.config import find_config, load_config
from logscrub.errors import ConfigError, PackError, SourceError
from logscrub.known.registry import Registry
from logscrub.policy import Policy
from logscrub.testing.canary import Canaries, watched_texts
from logscrub.testing.listen import Listener
from logscrub.testing.spot import CANARY, UNCHECKED, Note, Rules, Spot, hide, known_notes

_MOST_SHOWN = 20
_MARK_OPTIONS = ("select", "ignore", "allow")


class Kit:
    """What all tests of a run share.

    Args:
        root: directory of the run; the policy is what ``logscrub.toml`` or ``pyproject.toml`` there or above says.
        given: pytest's options ``logscrub_…`` by the rest of their names; those that are not empty decide.

    Raises:
        UsageError: one of the options is wrong, or a configuration file. The message names it.
    """

    def __init__(self, root: Path, given: Mapping[str, tuple[str, ...]]) -> None:
        self.root = root
        # Private: a filter in the code under test looks for what the registry of this process holds, and would hide it.
        self.canaries = Registry()
        self.found = Registry()
        self._rules: dict[tuple[Any, ...], Rules] = {}
        self.policy = _policy(root, given)

    def rules(self, select: tuple[str, ...] = (), ignore: tuple[str, ...] = ()) -> Rules:
        """Return the rules of the run's policy, with what one test wants otherwise."""
        if (select, ignore) not in self._rules:
            policy = replace(self.policy, select=select or self.policy.select, ignore=(*self.policy.ignore, *ignore))
            self._rules[select, ignore] = Rules(policy, self.found)
        return self._rules[select, ignore]


def _policy(root: Path, given: Mapping[str, tuple[str, ...]]) -> Policy:
    if len(given["config"]) > 1:
        raise pytest.UsageError("logscrub_config: must be the path of one file")
    named = given["config"]
    path = named[0] if named else find_config(root)
    try:
        policy = load_config(path, isolated=path is None).policy
    except ConfigError as error:
        raise pytest.UsageError(f"logscrub_config: {error}" if named else str(error)) from None
    select, ignore, packs = (given[name] or getattr(policy, name) for name in ("select", "ignore", "packs"))
    try:
        policy = replace(policy, select=select, ignore=ignore, packs=packs)
        policy.rules()
    except PackError as error:
        raise pytest.UsageError(f"{'logscrub_packs' if given['packs'] else path}: {error}") from None
    except ConfigError as error:
        key = str(error).partition(":")[0]
        raise pytest.UsageError(f"logscrub_{error}" if given.get(key) else f"{path}: {error}") from None
    return policy


def marked(options: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Read what a marker asks for.

    Raises:
        ConfigError: the marker has no such option, or it is no list of names.
    """
    read = {}
    for name, value in options.items():
        if name not in _MARK_OPTIONS:
            raise ConfigError(f"marker logscrub: no option is called {name!r}; there are {', '.join(_MARK_OPTIONS)}")
        names = (value,) if isinstance(value, str) else value
        if not isinstance(names, (list, tuple, set, frozenset)) or not all(isinstance(one, str) for one in names):
            raise ConfigError(f"marker logscrub: {name} must be a name or a list of names")
        read[name] = tuple(names)
    return read


class _Heard(NamedTuple):
    """One text that was put out."""

    where: str
    text: str
    notes: list[Note]
    first: int | None  # the number of its first line; None where lines say nothing


class Guard:
    """Watches one test: the fixture ``logscrub_guard``."""

    def __init__(self, item: pytest.Item, kit: Kit, options: Mapping[str, tuple[str, ...]], *, rules: bool) -> None:
        self._item = item
        self._kit = kit
        self._rules = kit.rules(options.get("select", ()), options.get("ignore", ())) if rules else None
        self._allowed: set[str] = set()
        self._heard: list[_Heard] = []
        self._judged = 0
        self._version = 0
        self._lines: Counter[str] = Counter()
        self._sections = 0
        self._failures: dict[str, str] = {}
        self._spots: dict[Spot, int] = {}
        self._told: set[Spot] = set()
        self._when = "setup"
        self.nodeid = item.nodeid
        self.inside = False
        """Whether a phase of the test is running."""
        self.canaries = Canaries(kit.canaries)
        self.pending = ""
        """What was found in this phase of the test and is not in its outcome yet."""
        self._listener = Listener(self._hear, self._fail, self._warning)
        for name in options.get("allow", ()):
            self.allow(name)

    def allow(self, rule: str) -> None:
        """Let a kind of value be, for this test.

        Args:
            rule: id of a rule or a category, such as ``email`` or ``pii``.

        Raises:
            ConfigError: there is none of that name.
        """
        if self._rules is not None and rule not in self._rules.names:
            raise ConfigError(f"allow: no rule or category is called {rule!r}; 'logscrub rules list' shows them")
        self._allowed.add(rule)

    def findings(self) -> tuple[Spot, ...]:
        """Return what was found in the output of this test so far. Allowed kinds are left out."""
        self._read_capture()
        self._judge()
        return tuple(self._shown())

    def start(self) -> None:
        """Begin to watch."""
        self._listener.start()

    def begin(self, when: str) -> None:
        """Begin a phase of the test."""
        self._when = when
        self.inside = True
        self._listener.resume()

    def end(self, when: str) -> str:
        """End a phase; return what is to be told of it: empty if there is nothing new. Never raises."""
        self.inside = False
        try:
            fresh = self._fresh(when)
            lines = [self._line(spot) for spot in fresh]
        except Exception as error:
            self._fail(error)
            fresh, lines = [], []
        failures, self._failures = list(self._failures.values()), {}
        return _text(fresh, lines, failures)

    def _fresh(self, when: str) -> list[Spot]:
        if when != "setup":
            self._read_files(last=when == "teardown")
        self._judge()
        fresh = [spot for spot in self._shown() if spot not in self._told]
        self._told.update(fresh)
        if self._shown():
            self._hide_sections()
        return fresh

    def _line(self, spot: Spot) -> str:
        # The name of a logger or a file is the application's own text.
        shown = replace(spot, where=self.clean(spot.where))
        count = self._spots[spot]
        return f"{shown} ({count} times)" if count > 1 else str(shown)

    def stop(self) -> None:
        """Watch no longer, and forget all values."""
        self._listener.stop()
        self.canaries.forget()
        self._kit.found.remove(values=list(self._kit.found._values))
        self._heard.clear()

    @property
    def hides(self) -> bool:
        """Whether a report of the test must be cleaned."""
        return bool(self.canaries) or bool(self._shown())

    def clean(self, text: str) -> str:
        """Return a text without canaries and, if anything was found, without what is sensitive. Never raises."""
        try:
            text = hide(self._kit.canaries, text, "[logscrub: canary %s]")
            if self._rules is not None and self._shown():
                text = self._rules.look(hide(self._kit.found, text, "[%s]"))[0]
        except Exception as error:
            self._fail(error)
            return f"[logscrub: not shown ({type(error).__name__})]"
        return text

    def _shown(self) -> list[Spot]:
        return [spot for spot in self._spots if not self._allowed.intersection(spot.names)]

    def _warning(self, text: str) -> str:
        """Clean the text of a warning: pytest prints it in its summary, before or after it is judged."""
        text = hide(self._kit.canaries, text, "[logscrub: canary %s]")
        clean, notes = self._rules.look(text) if self._rules is not None else (text, [])
        return clean if any(not self._allowed.intersection(note.spot.names) for note in notes) else text

    def _hear(self, where: str, text: str, structures: Iterable[Any], *, lined: bool) -> None:
        notes: list[Note] = []
        more = []
        if self._rules is not None and not lined:
            notes = self._rules.look(text)[1]
        for value in structures:
            # Arguments of a message that says it already would only say it again.
            if self._rules is not None and not notes:
                notes = self._rules.look(value)[1]
            try:
                more.append(repr(value))
            except Exception:  # noqa: S112 - what cannot be shown does not get out this way
                continue
        if lined:
            self._hear_lines(where, text)
        else:
            self._heard.append(_Heard(where, "\n".join((text, *more)), notes, None))

    def _hear_lines(self, where: str, text: str) -> None:
        notes = self._rules.look(text)[1] if self._rules is not None else []
        self._heard.append(_Heard(where, text, notes, 1 + self._lines[where]))
        self._lines[where] += text.count("\n")

    def _fail(self, error: BaseException) -> None:
        # Its message may hold what the test wrote.
        frame = traceback.extract_tb(error.__traceback__)[-1:]
        place = f" at {os.path.basename(frame[0].filename)}:{frame[0].lineno}" if frame else ""
        text = f"looking at it failed: {type(error).__name__}{place}"
        self._failures.setdefault(text, text)

    def _read_capture(self) -> None:
        """Take what pytest has captured in this phase; it becomes a section, as it does at the end of the phase."""
        manager = self._item.config.pluginmanager.getplugin("capturemanager")
        if manager is None or self._item.config.getoption("capture") == "no":
            return
        taken = manager.read_global_capture()
        for key, text in (("stdout", taken.out), ("stderr", taken.err)):
            self._item.add_report_section(self._when, key, text)

    def _read_sections(self) -> None:
        sections = self._item._report_sections
        fresh, self._sections = sections[self._sections :], len(sections)
        for when, key, text in fresh:
            # What is in there are the records: pytest's own text of one is told only if it says more, below.
            if key != "log":
                self._hear_lines(key if when == "call" else f"{key} of the {when}", text)
        if not self._spots and not any(heard.notes for heard in self._heard):
            for when, key, text in fresh:
                if key == "log":
                    self._hear_lines(f"pytest's captured log of the {when}", text)

    def _read_files(self, *, last: bool) -> None:
        for path, missing_ok in list(self.canaries.watched.items()):
            if not os.path.lexists(path):
                # Temporary files may be gone in teardown, and have been looked at before.
                if not missing_ok and not last:
                    self._failures[path] = f"there is no file {self._short(path)} to watch"
                continue
            try:
                for file, line, text in watched_texts(path):
                    part = _Heard(self._short(file), text, [], line)
                    self._note(part, known_notes(self._kit.canaries, text), again=last)
            except (SourceError, OSError) as error:
                reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
                self._failures[path] = f"{self._short(path)} cannot be read: {reason}"

    def _short(self, path: str) -> str:
        root = str(self._kit.root)
        return os.path.relpath(path, root) if path.startswith(root + os.sep) else path

    def _judge(self) -> None:
        self._read_sections()
        heard = list(self._heard)
        for one in heard[self._judged :]:
            self._note(one, one.notes)
        # A value that has been added since may stand in what came before.
        version = self._kit.canaries.version
        for index, one in enumerate(heard):
            if index >= self._judged or version != self._version:
                self._note(one, known_notes(self._kit.canaries, one.text), again=index < self._judged)
        self._judged, self._version = len(heard), version

    def _note(self, heard: _Heard, notes: Iterable[Note], *, again: bool = False) -> None:
        for note in notes:
            where = heard.where if heard.first is None else f"{heard.where} line {heard.first + note.line - 1}"
            spot = replace(note.spot, where=where)
            if not again or spot not in self._spots:
                self._spots[spot] = self._spots.get(spot, 0) + 1

    def _hide_sections(self) -> None:
        sections = self._item._report_sections
        sections[:] = [(when, key, self.clean(text)) for when, key, text in sections]


def _text(spots: list[Spot], shown: list[str], failures: list[str]) -> str:
    lines = []
    if spots:
        what = "finding" if len(spots) == 1 else "findings"
        lines.append(f"logscrub: {len(spots)} {what} in the output of this test")
        lines += [f"  {line}" for line in shown[:_MOST_SHOWN]]
        if len(spots) > _MOST_SHOWN:
            lines.append(f"  and {len(spots) - _MOST_SHOWN} more")
        lines += _advice(spots)
    if failures:
        lines.append("logscrub: the output of this test could not be looked at, so it does not pass:")
        lines += [f"  {failure}" for failure in failures]
    return "\n".join(lines)


def _advice(spots: list[Spot]) -> list[str]:
    lines = ["To fix it, do one of these:"]
    if any("log" in spot.where or spot.rule == CANARY for spot in spots):
        lines.append("  - leave the value out of the log call, or wrap it: logscrub.mask(value, 'password')")
        lines.append("  - call logscrub.install() where the service sets up its logging, and in the test")
    if any(spot.where.startswith(("stdout", "stderr")) for spot in spots):
        lines.append("  - do not print the value: what print() writes goes past every filter of logging")
    kinds = sorted({spot.rule for spot in spots} - {CANARY, UNCHECKED})
    if kinds:
        lines.append(f"  - if it is harmless here: @pytest.mark.logscrub(allow={kinds!r})")
    return lines
