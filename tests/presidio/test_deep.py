"""``scan --deep``: names and places in prose, with a small language model made here, and what is said without one."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("presidio_analyzer", reason="needs logscrub[pii]")

import spacy

from logscrub.audit import scan
from logscrub.cli import main
from logscrub.errors import ConfigError
from logscrub.policy import Policy
from logscrub.presidio.deep import Deep
from logscrub.report import json as report_json

SCHEMA = Path(report_json.__file__).parent / "schema" / "scan-1.json"
# Few rules: what is tested is beside them.
PASSWORDS = Policy(select=("password",))
CALLED = "the customer Maria Gomez called from Lisbon about order"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A pipeline that knows one name, one place and a time that looks like a name to it."""
    pipeline = spacy.blank("en")
    ruler: Any = pipeline.add_pipe("entity_ruler")
    ruler.add_patterns(
        [
            {"label": "PERSON", "pattern": "Maria Gomez"},
            {"label": "PERSON", "pattern": [{"TEXT": {"REGEX": r"^\d\d:\d\d$"}}]},
            {"label": "GPE", "pattern": "Lisbon"},
        ]
    )
    place = tmp_path_factory.mktemp("model") / "tiny"
    pipeline.to_disk(place)
    return str(place)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A pipeline with a named-entity recogniser that was trained, if only on one sentence."""
    from spacy.training import Example

    pipeline = spacy.blank("en")
    pipeline.add_pipe("ner")
    start = CALLED.index("Maria")
    example = Example.from_dict(pipeline.make_doc(CALLED), {"entities": [(start, start + 11, "PERSON")]})
    optimizer = pipeline.initialize(lambda: [example])
    for _ in range(20):
        pipeline.update([example], sgd=optimizer)
    place = tmp_path_factory.mktemp("model") / "trained"
    pipeline.to_disk(place)
    return str(place)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    file = tmp_path / "app.log"
    file.write_text(
        f"2024-01-02T03:04:05Z INFO {CALLED} 17\n"
        f"2024-01-02T03:04:06Z INFO {CALLED} 18 at 12:30\n"
        '{"time": "03:04", "message": "é: the customer Maria Gomez wrote again", "user": "Lisbon"}\n'
        "name=Maria place=Lisbon level=info\n"
        "mail of the customer Maria Gomez: password=hunter2\n",
        "utf-8",
    )
    return file


def test_names_and_places_in_prose(log: Path, model: str) -> None:
    """Not in key=value pairs, and no clock times."""
    result = scan([log], policy=PASSWORDS, deep=Deep(model))
    found = {one.rule: one for one in result.findings}
    assert found["presidio-person"].count == 4
    assert found["presidio-location"].count == 2
    assert found["password"].count == 1
    person = found["presidio-person"]
    assert (person.category, person.title, person.preview) == ("pii.name", "Name of a person", "… (11)")
    assert (person.first.line, person.last.line) == (1, 5)
    assert result.not_checked == ()
    raw = log.read_bytes()
    for place in (person.first, person.last):
        assert raw[place.offset : place.offset + 11] == b"Maria Gomez"


def test_a_trained_model(log: Path, trained: str) -> None:
    """It knows no places: that is said, not passed over."""
    result = scan([log], policy=PASSWORDS, deep=Deep(trained))
    assert any(one.rule == "presidio-person" for one in result.findings)
    (note,) = result.not_checked
    assert note.startswith("addresses in free text: not checked: the language model")


def test_lines_that_differ_in_digits_only_are_judged_once(model: str) -> None:
    deep = Deep(model)
    asked: list[str] = []
    analyze = deep._analyzer.analyze

    def counting(text: str, **keys: Any) -> Any:
        asked.append(text)
        return analyze(text, **keys)

    deep._analyzer.analyze = counting
    lines = "".join(f"2024-01-02 {CALLED} {number:03}\n" for number in range(300))
    assert sum(len(matches) for _, matches in deep.records(lines.encode())) == 600
    assert asked == [f"{CALLED} 000"]


def test_no_text_is_no_trouble(model: str) -> None:
    deep = Deep(model)
    for data in (
        b"",
        b"\n\n",
        b"\xff\xfe \x80",
        b"one two\n",
        "\ud800 the customer Maria Gomez".encode("utf-8", "surrogatepass"),
    ):
        for start, matches in deep.records(data):
            assert all(data[start + one.start : start + one.end] == b"Maria Gomez" for one in matches)


def test_a_finding_of_a_rule_comes_first(tmp_path: Path, model: str) -> None:
    """What a rule knows better is not told twice."""
    log = tmp_path / "app.log"
    log.write_text("the password of the user is password=Lisbon and the customer Maria Gomez called\n")
    found = [(one.rule, one.count) for one in scan([log], policy=PASSWORDS, deep=Deep(model)).findings]
    assert sorted(found) == [("password", 1), ("presidio-person", 1)]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Scan by the command line, in this process: exit code, standard output, standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["scan", "--isolated", "--no-progress", "--select", "password", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_without_a_model_the_report_says_what_was_not_checked(
    log: Path, run: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In every form; and the exit code is that of a job that could not be done."""
    monkeypatch.setattr(spacy.util, "get_installed_models", list)
    says = "names and addresses in free text: not checked: no language model installed; install one"
    code, out, _ = run("--deep", str(log))
    assert says in out
    assert code == 2
    code, out, err = run("--deep", "--format", "json", "--exit-zero", str(log))
    document = json.loads(out)
    assert [one["rule"] for one in document["findings"]] == ["password"]
    assert len(document["not_checked"]) == 1
    assert document["not_checked"][0].startswith(says)
    assert says in err
    assert code == 2
    pytest.importorskip("jsonschema").validate(document, json.loads(SCHEMA.read_text()))


def test_a_model_of_another_language_is_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spacy.util, "get_installed_models", lambda: ["de_core_news_sm"])
    (note,) = Deep(language="en").not_checked
    assert "none for 'en', only de_core_news_sm" in note


def test_the_option_takes_a_model_by_path(log: Path, model: str, run: Callable[..., tuple[int, str, str]]) -> None:
    code, out, err = run("--deep-model", model, str(log))
    assert "presidio-person" in out
    assert "not checked" not in out + err
    assert code == 1


def test_what_a_model_finds_is_traced_to_its_log_call(
    log: Path, tmp_path: Path, model: str, run: Callable[..., tuple[int, str, str]]
) -> None:
    source = tmp_path / "src"
    source.mkdir()
    (source / "app.py").write_text(
        'log.info("the customer %s called from %s about order %d", customer, city, number)\n'
    )
    _, out, _ = run("--deep-model", model, "--source", str(source), "--format", "json", str(log))
    found = {
        (one["rule"], source["argument"], source["count"])
        for one in json.loads(out)["findings"]
        for source in one.get("source", ())
    }
    assert found == {("presidio-person", "customer", 2), ("presidio-location", "city", 2)}


def test_a_model_that_is_not_there(log: Path, tmp_path: Path, run: Callable[..., tuple[int, str, str]]) -> None:
    """Nothing is fetched for it."""
    with pytest.raises(ConfigError, match="cannot be loaded"):
        Deep(str(tmp_path))
    code, _, err = run("--deep-model", "en_core_web_never", str(log))
    assert "neither an installed spaCy model nor a directory" in err
    assert code == 2


def test_without_the_extra(
    log: Path, run: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    code, _, err = run("--deep", str(log))
    assert "logscrub[pii]" in err
    assert code == 2
