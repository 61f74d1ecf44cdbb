"""The gate: whatever may print, or names a secret, is on a line it gives."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logscrub.code.gate import Gate
from logscrub.code.knowledge import load
from logscrub.code.words import Words

WORDS = Words(load())
GATE = Gate(load(), WORDS.fields)


@pytest.mark.parametrize(
    "line",
    ["log.info('x')", "LOG.debug ('x')", "print(x)", "print x", "print>>f, x", "warnings.warn(x)", "raise E(x)", "self.audit(x)",
     "def __repr__(self):", "click.echo(x)", "syslog.syslog(x)", "log.log(1, x)", "api_debug(x)", "log_it(x)"],
)  # fmt: skip
def test_lines_that_may_print(line: str) -> None:
    assert GATE.lines(f"a\n{line}\nb\n".encode()).prints == [2]


@pytest.mark.parametrize(
    "name", ["password", "user_password", "PASSWORD", "apiKey", "api_key", "api-key", "accessToken", "secret", "Cookie"]
)
def test_lines_that_name_a_secret(name: str) -> None:
    assert GATE.lines(f"\n\nx = {name}\n".encode()).words == [3]


@pytest.mark.parametrize("line", ["x = 1", "counter += one", "def whirling(): return", "happiness = 3"])
def test_lines_that_say_nothing(line: str) -> None:
    hits = GATE.lines(f"{line}\n".encode())
    assert hits.prints == [] and hits.words == []


@given(
    st.lists(
        st.sampled_from(["log.info(x)", "password", "x = 1", "", "StrOpt('a')", "ä = 1", "log.info(password, token)"]),
        max_size=30,
    )
)
@settings(deadline=None)
def test_lines_are_counted_and_each_is_given_once(lines: list[str]) -> None:
    hits = GATE.lines("\n".join(lines).encode())
    assert hits.prints == [n for n, line in enumerate(lines, 1) if "log.info(" in line]
    assert hits.words == [n for n, line in enumerate(lines, 1) if "password" in line]
    assert hits.declares == [n for n, line in enumerate(lines, 1) if "Opt(" in line]


@given(st.from_regex(r"[A-Za-z_]{1,20}", fullmatch=True))
@settings(deadline=None)
def test_no_name_that_is_judged_secret_is_missed(name: str) -> None:
    for spelled in (name, f"{name}_password", f"token{name}" if name[0] == "_" else f"token_{name}"):
        word = WORDS.sensitive(spelled)
        if word is not None and word.category == "secret" and word.grade == 3:
            assert GATE.lines(f"x = {spelled}".encode()).words == [1], spelled
