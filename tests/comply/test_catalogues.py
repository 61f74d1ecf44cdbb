"""The catalogues: complete, well-formed, and no wider than what there is to check."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from logscrub.comply.checks import CHECKS
from logscrub.comply.controls import load_control, load_controls, names
from logscrub.comply.evidence import TAG, names_of
from logscrub.comply.listing import clauses, overview
from logscrub.errors import ConfigError
from logscrub.presidio.deep import ENTITIES
from logscrub.rules import load_rules

CONTROLS = {one.id: one for one in load_controls(["all"])}
# What the standards are asked to be covered for, by the number each gives its clause.
EXPECTED = {
    "pci-dss": [
        "3.2.1",
        "3.3.1",
        "3.3.1.1",
        "3.3.1.2",
        "3.3.1.3",
        "3.4.1",
        "3.5.1",
        "3.5.1.1",
        "6.2.4",
        "8.3.2",
        "8.6.2",
        "10.2.1.1",
        "10.2.1.2",
        "10.2.1.3",
        "10.2.1.4",
        "10.2.1.5",
        "10.2.1.6",
        "10.2.1.7",
        "10.2.2",
        "10.3.1",
        "10.3.2",
        "10.3.3",
        "10.3.4",
        "10.5.1",
        "10.6.1",
        "10.6.2",
        "10.6.3",
        "12.10.7",
    ]
    + ["FAQ 1091"],
    "hipaa": [f"164.514(b)(2)(i)({letter})" for letter in "ABCDEFGHIJKLMNOPQR"]
    + ["164.514(b)(2)(ii)", "164.312(b)", "164.316(b)(2)"],
    "gdpr": [
        "4(1)",
        "4(5)",
        "5(1)(b)",
        "5(1)(c)",
        "5(1)(e)",
        "5(1)(f)",
        "5(2)",
        "9",
        "25(1)",
        "25(2)",
        "30",
        "32(1)(a)",
        "33",
        "34(3)(a)",
    ]
    + ["Recital 26", "Recitals 28-29", "Recital 30", "Recital 39", "Recital 49"],
    "ccpa": ["1798.100(c)", "1798.100(e)", "1798.140(v)(1)(A)", "1798.140(ae)", "1798.150(a)(1)"],
    "owasp-logging": [
        "source-code",
        "session-ids",
        "access-tokens",
        "sensitive-personal-data",
        "passwords",
        "connection-strings",
        "keys",
        "payment-data",
        "classified-data",
        "commercial-secrets",
        "illegal-data",
        "no-consent",
        "care-file-paths",
        "care-internal-names",
        "care-personal-data",
    ],
    "asvs-5": [
        "14.1.2",
        "14.2.1",
        "14.2.4",
        "16.1.1",
        "16.2.1",
        "16.2.2",
        "16.2.3",
        "16.2.4",
        "16.2.5",
        "16.3.1",
        "16.3.2",
        "16.3.3",
        "16.3.4",
        "16.4.1",
        "16.4.2",
        "16.4.3",
        "16.5.1",
    ],
    "asvs-4": ["7.1.1", "7.1.2", "7.1.3", "7.1.4", "7.2.1", "7.2.2", "7.3.1", "7.3.3", "7.3.4"],
    "cwe": [f"CWE-{number}" for number in (532, 117, 312, 200, 209, 215, 359, 778, 779)],
    "nist-800-53": [
        "AU-3",
        "AU-3(3)",
        "AU-8",
        "AU-9",
        "AU-9(3)",
        "AU-11",
        "AU-12",
        "AU-13",
        "SI-11",
        "SI-12(1)",
        "SI-19",
        "SI-19(4)",
        "IA-5(7)",
    ]
    + ["SP 800-92"],
    "soc2": ["CC6.1", "CC6.7", "CC7.2", "CC7.3", "CC7.4", "C1.1", "C1.2", "P4.1", "P4.2", "P4.3"],
    "iso-27001": ["A.5.33", "A.5.34", "A.8.10", "A.8.11", "A.8.12", "A.8.15", "A.8.17"],
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_clause_is_there(name: str) -> None:
    assert {clause.id for clause in CONTROLS[name].clauses} == set(EXPECTED[name])


def test_every_catalogue_is_known_here() -> None:
    assert set(names()) == set(CONTROLS) == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_what_is_selected_exists(name: str) -> None:
    known = {one for rule in load_rules().everything() for one in names_of(rule)}
    known |= {entity.category for entity in ENTITIES.values()}
    for clause in CONTROLS[name].clauses:
        for check in clause.checks:
            for wanted in (check.settings.get("select", []), *check.settings.get("all", [])):
                assert set(wanted) <= known, (clause.id, check.kind)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_texts_promise_nothing(name: str) -> None:
    control = CONTROLS[name]
    text = " ".join([control.about, *(" ".join((one.demand, one.limits, one.advice)) for one in control.clauses)])
    assert not re.search(r"complian|certif(y|ied)\b|guarantee", text, re.IGNORECASE)
    for clause in control.clauses:
        assert clause.demand.endswith(".")
        for one in clause.checks:
            assert not one.settings.get("what", "").endswith("."), clause.id


def test_every_tag_of_a_rule_that_names_a_clause_is_used() -> None:
    """A rule that is tagged with a clause is looked at for it, by the tag or by its category."""
    used = {
        one
        for control in CONTROLS.values()
        for clause in control.clauses
        for check in clause.checks
        for one in check.settings.get("select", ())
    }
    used |= {"compliance.card-mask", "compliance.card-hash"}  # the check of cards looks for these by itself
    for rule in load_rules().everything():
        if any(tag.startswith(("pci-dss", "hipaa", "gdpr", "ccpa", "owasp", "asvs")) for tag in rule.tags):
            assert names_of(rule) & used, rule.id
    assert {f"{TAG}hipaa-164.514-{letter}" for letter in "abcdfghijklmnor"} <= used


def test_every_kind_of_check_is_used() -> None:
    assert {check.kind for one in CONTROLS.values() for clause in one.clauses for check in clause.checks} == set(CHECKS)


def test_listing() -> None:
    listed = overview(CONTROLS.values())
    assert len(listed.splitlines()) == len(EXPECTED)
    told = clauses([CONTROLS["pci-dss"]])
    assert "3.3.1.2  No card verification codes" in told
    assert max(map(len, told.splitlines())) <= 100


HEAD = 'id = "own"\ntitle = "Own"\nversion = "1"\nabout = "Ours."\n'
CLAUSE = '[[clause]]\nid = "1"\ntitle = "One"\ndemand = "Do."\n'
CHECK = '[[clause.check]]\nkind = "statement"\nreason = "Why."\n'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (HEAD, "needs at least one [[clause]]"),
        (HEAD + CLAUSE, "clause 1: needs at least one [[clause.check]]"),
        (HEAD + CLAUSE + CHECK + CLAUSE + CHECK, "clause 1: is there twice"),
        (HEAD + CLAUSE + CHECK.replace("statement", "statment"), "did you mean 'statement'"),
        (HEAD + CLAUSE.replace("demand", "demnad") + CHECK, "clause 1: demnad: is no key of a catalogue; did you mean"),
        (HEAD.replace('"Own"', "3") + CLAUSE + CHECK, "title: must be a text"),
        (HEAD.replace('version = "1"\n', "") + CLAUSE + CHECK, "version: is missing"),
        (HEAD + CLAUSE + CHECK + "resaon = 1\n", "check statement: 'resaon' is no setting of it"),
        ("id = ", "is not valid TOML"),
    ],
)
def test_errors_name_the_file_and_the_key(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as error:
        load_control(path)
    assert str(path) in str(error.value)
    assert problem in str(error.value)


def test_a_catalogue_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(HEAD + CLAUSE + CHECK)
    assert [one.id for one in load_controls([str(path), "cwe"])] == ["own", "cwe"]


def test_unknown_names_are_suggested() -> None:
    with pytest.raises(ConfigError, match="did you mean pci-dss"):
        load_controls(["pci"])
