"""A ledger and the source: which call an entry is of, and what of it is told with the findings of an audit."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from logscrub import CodeOptions, audit_code
from logscrub.code.model import CodeResult, LogCall
from logscrub.code.suppress import Baseline, fingerprinted, with_baseline
from logscrub.report.code import FORMATS, Options, shown
from logscrub.trace.ledger import Emitted
from logscrub.trace.log import trace_log
from logscrub.trace.placed import place, with_ledger

from .calls import call

SOURCE = """\
import logging

log = logging.getLogger(__name__)


def login(user, password, email):
    log.info(
        "login of %s with %s",
        email,
        password,
    )
    log.info("%s is there", user)


def show(token):
    log.debug("token %s", token)
"""


def at(path: str, first: int, last: int = 0, logger: str = "") -> LogCall:
    made = call("x", path=path, line=first, logger=logger)
    return replace(made, place=replace(made.place, end_line=last or first))


def found(calls: list[LogCall], *ledger: Emitted) -> dict[int, dict[str, int]]:
    return {number: dict(counts) for number, counts in place(calls, ledger).calls.items()}


@pytest.mark.parametrize("line", [10, 11, 12])
def test_every_line_of_a_call_is_its_line(line: int) -> None:
    calls = [at("app/web.py", 5, 9), at("app/web.py", 10, 12), at("app/web.py", 13)]
    assert found(calls, Emitted("/srv/app/web.py", line, "password", 2)) == {1: {"password": 2}}


@pytest.mark.parametrize(
    "file",
    [
        "app/web.py",
        "/srv/app/web.py",
        "/srv/venv/lib/python3.12/site-packages/app/web.py",
        "C:\\Python\\Lib\\site-packages\\app\\web.py",
        "/else/where/web.py",
    ],
)
def test_a_service_runs_elsewhere(file: str) -> None:
    calls = [at("src/app/web.py", 3), at("src/app/__init__.py", 3)]
    assert found(calls, Emitted(file, 3, "iban", 1)) == {0: {"iban": 1}}


def test_an_installed_package_of_others_is_no_part_of_the_project() -> None:
    calls = [at("src/app/web.py", 3)]
    assert found(calls, Emitted("/srv/venv/lib/python3.12/site-packages/other/web.py", 3, "iban", 1)) == {}


def test_a_file_named_from_within_its_package_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "app").mkdir()
    monkeypatch.chdir(tmp_path / "app")
    assert found([at("./web.py", 3)], Emitted("/venv/site-packages/app/web.py", 3, "iban", 1)) == {0: {"iban": 1}}


def test_the_file_is_the_one_whose_path_ends_most_alike_even_without_a_call_there() -> None:
    calls = [at("shop/views.py", 3), at("till/views.py", 30)]
    entry = Emitted("/srv/till/views.py", 3, "iban", 1, "till.views")
    assert found(calls, entry) == {}
    assert place(calls, [entry]).others == {("/srv/till/views.py", 3, "till.views"): ({"iban": 1}, ())}


def test_what_fits_two_files_is_not_guessed() -> None:
    calls = [at("one/app/web.py", 3), at("two/app/web.py", 2, 4), at("app.py", 3)]
    placed = place(calls, [Emitted("/srv/app/web.py", 3, "iban", 1), Emitted("/srv/app/web.py", 3, "password", 2)])
    assert placed.calls == {}
    assert placed.others == {("/srv/app/web.py", 3, ""): ({"iban": 1, "password": 2}, (0, 1))}


def test_the_logger_and_the_line_decide_between_files_that_fit_equally_well() -> None:
    calls = [at("one/web.py", 3, logger="one"), at("two/web.py", 3, logger="two"), at("two/web.py", 9, logger="two")]
    assert found(calls, Emitted("/srv/web.py", 3, "iban", 1, "two")) == {1: {"iban": 1}}
    assert found(calls, Emitted("/srv/web.py", 9, "iban", 1, "other")) == {2: {"iban": 1}}


def test_one_file_under_two_names_is_one_file() -> None:
    assert found([at("app/web.py", 3), at("./app/../app/web.py", 3)], Emitted("/a/web.py", 3, "iban", 1)) == {
        0: {"iban": 1}
    }


def test_a_call_within_a_call_is_known_by_its_first_line() -> None:
    calls = [at("web.py", 3, 9), at("web.py", 5, 6)]
    assert found(calls, *(Emitted("/web.py", line, "iban", line) for line in (3, 4, 5, 6))) == {
        0: {"iban": 7},
        1: {"iban": 11},
    }


def test_a_trace_shows_what_fits_two_files_as_it_is_in_the_ledger() -> None:
    calls = [call("x", line=10, path=path) for path in ("one/web.py", "two/web.py")]
    (told,) = trace_log([], calls, ledger=[Emitted("/srv/web.py", 10, "iban", 4)]).calls
    assert (told.file, told.line, told.function, told.emitted) == ("/srv/web.py", 10, "", (("iban", 4),))


# --- with the findings of an audit


@pytest.fixture
def result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CodeResult:
    monkeypatch.chdir(tmp_path)
    for folder in ("one", "two"):
        Path(folder).mkdir()
        Path(folder, "auth.py").write_text(SOURCE)
    return audit_code(["one"], CodeOptions(cache=False, inventory=True))


def test_counts_of_all_lines_and_rules_of_a_call_are_added_up(result: CodeResult) -> None:
    ledger = [
        Emitted("/srv/one/auth.py", 7, "password", 2, "auth"),
        Emitted("/srv/one/auth.py", 10, "password", 3, "auth"),
        Emitted("/srv/one/auth.py", 8, "email", 7, "other"),
        Emitted("/srv/one/auth.py", 99, "email", 1),
    ]
    told = with_ledger(result, ledger)
    emitted = {one.expression: one.emitted for one in told.findings}
    assert emitted["password"] == (("email", 7), ("password", 5))
    assert emitted["token"] == ()
    assert [(one.path, one.line, one.calls) for one in told.emitted_elsewhere or ()] == [("/srv/one/auth.py", 99, ())]
    assert [replace(one, emitted=()) for one in told.findings] == list(result.findings)


def test_calls_without_a_finding_are_told_the_most_frequent_first(result: CodeResult) -> None:
    ledger = [
        Emitted("/srv/gone.py", 1, "iban", 4),
        Emitted("/srv/auth.py", 12, "email", 2, "auth"),
        Emitted("/srv/auth.py", 12, "iban", 3, "auth"),
    ]
    told = with_ledger(result, ledger).emitted_elsewhere
    assert told is not None
    assert [(one.path, one.line, one.emitted) for one in told] == [
        ("one/auth.py", 12, (("iban", 3), ("email", 2))),
        ("/srv/gone.py", 1, (("iban", 4),)),
    ]
    assert [one.function for one in told[0].calls] == ["login"]


@pytest.mark.usefixtures("result")
def test_two_files_that_fit_are_both_named_and_neither_is_blamed() -> None:
    audited = audit_code(["one", "two"], CodeOptions(cache=False, inventory=True))
    told = with_ledger(audited, [Emitted("/srv/auth.py", 16, "token", 2)])
    assert not any(one.emitted for one in told.findings)
    (other,) = told.emitted_elsewhere or ()
    assert (other.path, other.line) == ("/srv/auth.py", 16)
    assert [(one.place.path, one.function) for one in other.calls] == [("one/auth.py", "show"), ("two/auth.py", "show")]


def test_without_an_inventory_the_findings_are_what_is_known(result: CodeResult) -> None:
    ledger = [Emitted("/srv/auth.py", 16, "token", 2), Emitted("/srv/auth.py", 12, "iban", 3)]
    told = with_ledger(replace(result, calls=()), ledger)
    assert [one.emitted for one in told.findings if one.expression == "token"] == [(("token", 2),)]
    assert [(one.path, one.calls) for one in told.emitted_elsewhere or ()] == [("/srv/auth.py", ())]


def test_of_two_calls_on_a_line_the_one_with_a_finding_counts(tmp_path: Path) -> None:
    path = tmp_path / "both.py"
    path.write_text("import logging\ndef f(n, password):\n    logging.info(n); logging.info(password)\n")
    audited = audit_code([path], CodeOptions(cache=False, inventory=True))
    told = with_ledger(audited, [Emitted("/srv/both.py", 3, "password", 2, "root")])
    assert [one.emitted for one in told.findings] == [(("password", 2),)]
    assert told.emitted_elsewhere == ()


def test_a_suppressed_finding_keeps_its_counts_and_is_not_told_elsewhere(result: CodeResult) -> None:
    baseline = Baseline().renewed(fingerprinted(result.findings))
    ledger = [Emitted("/srv/auth.py", 16, "token", 2)]
    for told in (
        with_baseline(with_ledger(result, ledger), baseline),
        with_ledger(with_baseline(result, baseline), ledger),
    ):
        assert told.findings == told.emitted_elsewhere == ()
        assert [one.finding.emitted for one in told.suppressed if one.finding.expression == "token"] == [
            (("token", 2),)
        ]


def test_an_empty_ledger_tells_that_nothing_was_taken_out(result: CodeResult) -> None:
    assert with_ledger(result, []) == replace(result, emitted_elsewhere=())


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_no_value_is_in_any_report(result: CodeResult, form: str) -> None:
    """Not even one that somebody wrote into the ledger."""
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4o5P6q7R8"
    ledger = [
        Emitted("/srv/auth.py", 16, f"rule-{token}", 2, token),
        Emitted("/srv/auth.py", 12, token, 2, token),
        Emitted(f"/srv/{token}/\x1b[2Jgone.py", 1, token, 2, f"password=hunter2-horse {token}"),
    ]
    stream = io.StringIO()
    FORMATS[form](shown(with_ledger(result, ledger)), stream, Options())
    text = stream.getvalue()
    assert "auth.py" in text
    assert token[4:] not in text
    assert "hunter2" not in text
    assert "\x1b" not in text
