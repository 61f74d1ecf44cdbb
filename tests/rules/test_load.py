"""What the loader refuses, and how it says so."""

from __future__ import annotations

from typing import Any

import pytest

from logscrub.errors import LogscrubError, PackError
from logscrub.model import Confidence, Severity
from logscrub.rules import builtin_rules, load_rules
from logscrub.rules.load import load
from logscrub.rules.packs import Pack, builtin_directory, find_packs

RULE = {
    "id": "'acme-key'",
    "title": "'Acme key'",
    "category": "'secret.token'",
    "severity": "'high'",
    "regex": "'acme_[a-z0-9]{20}'",
    "examples": "['acme_0123456789abcdefghij']",
    "counterexamples": "['acme_short']",
}
FIELD = {
    "id": "'acme-field'",
    "title": "'Acme field'",
    "category": "'secret.token'",
    "severity": "'high'",
    "words": "['acme code', 'acme']",
    "examples": "['acme=x1']",
    "counterexamples": "['acne=x1']",
}
BENIGN = {"id": "'acme-shape'", "title": "'Acme shape'", "regex": "'[0-9]{4}'"}


def pack(kind: str, table: dict[str, str], **changes: str | None) -> Pack:
    """A pack of one table, with keys changed, added, or (``None``) taken out."""
    merged = {key: value for key, value in {**table, **changes}.items() if value is not None}
    return Pack(
        "demo.toml", (f"[[{kind}]]\n" + "\n".join(f"{key} = {value}" for key, value in merged.items())).encode()
    )


def refusal(*packs: Pack) -> PackError:
    """How the packs are refused."""
    with pytest.raises(PackError) as raised:
        load(packs)
    assert isinstance(raised.value, LogscrubError)
    assert raised.value.exit_code == 2
    return raised.value


def test_what_is_right() -> None:
    """A right pack is loaded with what is not said filled in."""
    loaded = load([pack("rule", RULE), pack("field", FIELD), pack("benign", BENIGN)])
    (rule,), (field,), (benign,) = loaded.rules.rules, loaded.rules.fields, loaded.rules.benign
    assert (rule.severity, rule.confidence, rule.default, rule.action) == (
        Severity.HIGH,
        Confidence.HIGH,
        True,
        "label",
    )
    assert (rule.prefix, rule.spans_lines, rule.has_secret_group, rule.source) == (b"acme_", False, False, "demo.toml")
    assert (field.words, field.glued, field.value) == (("acme code", "acme"), (), "any")
    assert benign.id == "acme-shape"
    assert [example.matches for example in loaded.examples] == [True, False, True, False]


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        *[
            (key, None, "is missing")
            for key in ("title", "category", "severity", "regex", "examples", "counterexamples")
        ],
        *[
            (key, "1", "must be a string")
            for key in ("title", "category", "severity", "regex", "confidence", "action", "trigger")
        ],
        ("id", "'Acme'", "must be lower-case words joined by '-', at most 48 characters"),
        ("id", "'a--b'", "must be lower-case words"),
        ("id", f"'{'a' * 49}'", "at most 48"),
        ("category", "'token'", "must be one of secret, pii, financial, network, compliance and a word"),
        ("category", "'other.token'", "must be one of secret, pii, financial, network"),
        ("severity", "'huge'", "'huge' is not one of critical, high, info, low, medium"),
        ("severity", "''", "is not one of critical, high, info, low, medium"),
        ("confidence", "'sure'", "'sure' is not one of high, low, medium"),
        ("confidence", "''", "is not one of high, low, medium"),
        ("action", "'hash'", "'hash' is not one of drop, label, partial, seal, token"),
        ("action", "''", "is not one of drop, label, partial, seal, token"),
        ("default", "1", "must be true or false"),
        ("multiline", "'yes'", "must be true or false"),
        ("min_entropy", "'x'", "must be a number"),
        ("distance", "true", "must be a whole number"),
        ("distance", "1.5", "must be a whole number"),
        ("distance", "0", "must be 1 to 200"),
        ("distance", "201", "must be 1 to 200"),
        ("validator", "'lun'", "'lun' is not one of"),
        ("checksum", "'lun'", "'lun' is not one of"),
        ("tags", "'x'", "must be a list"),
        ("tags", "[1]", "must be a list of strings"),
        ("context", "[1]", "must be a list of strings"),
        ("references", "[[]]", "must be a list of strings"),
        ("needs_context", "true", "needs words in 'context'"),
        ("explained_by", "['no-such']", "'no-such' is not one of *"),
        ("examples", "[]", "must not be empty: examples are a rule's tests"),
        ("counterexamples", "[]", "must not be empty"),
        ("examples", "[1]", "must hold strings, or tables"),
        ("examples", "[{text = 'a', secrets = 'a'}]", "must hold strings, or tables"),
        ("examples", "[{secret = 'a'}]", "must hold strings, or tables"),
        ("examples", "[{text = 'a', secret = 'b'}]", "'secret' must be a part of 'text'"),
        ("examples", "[{text = 'a', secret = 1}]", "'secret' must be a part of 'text'"),
        ("regexp", "'x'", "unknown key; allowed are action, category, checksum, confidence"),
        ("regex", "'a('", "does not parse"),
        ("regex", "'a*'", "can match nothing at all"),
        ("regex", "''", "can match nothing at all"),
        ("regex", "'a+'", "repeat without an upper bound; write {1,200}"),
        ("regex", "'ab{3,}'", "repeat without an upper bound"),
        ("regex", "'a(?:b(?:c+)?)d'", "repeat without an upper bound"),
        ("regex", "'a[^b]c'", "can match a line break"),
        ("regex", "'a\\sb'", "can match a line break"),
        ("regex", "'a\\Wb'", "can match a line break"),
        ("regex", "'(?s)a.b'", "can match a line break"),
        ("regex", "'(?s:a.b)'", "can match a line break"),
        ("regex", "'(a)\\1'", "not allowed"),
        ("regex", "'(?P<token>a)'", "group 'token' is unknown; the only named group is 'secret'"),
        ("regex", "'(a)(?(1)b|c)'", "not allowed"),
        ("regex", "'aé'", "only ASCII"),
        ("trigger", "'a('", "does not parse"),
        ("trigger", "'aé'", "only ASCII"),
    ],
)
def test_refused_rules(key: str, value: str | None, message: str) -> None:
    """A wrong key is refused with the file, the rule, the key, and what is allowed."""
    error = refusal(pack("rule", RULE, **{key: value}))
    assert message in str(error)
    assert error.source == "demo.toml"
    assert error.key == key
    assert str(error).startswith("demo.toml: " if key == "id" else "demo.toml: rule 'acme-key': ")
    assert f"key {key!r}" in str(error)


def test_a_rule_without_an_id() -> None:
    """A rule that has no name is refused by its file."""
    assert str(refusal(pack("rule", RULE, id=None))) == "demo.toml: key 'id': is missing"


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("words", None, "is missing"),
        ("words", "[]", "must not be empty"),
        ("words", "'acme'", "must be a list"),
        ("words", "['Acme']", "must be lower-case words separated by one space"),
        ("words", "['acme  code']", "must be lower-case words"),
        ("words", "[' acme']", "must be lower-case words"),
        ("words", "['']", "must be lower-case words"),
        ("glued", "['other']", "must be one of 'words', written without spaces"),
        ("value", "'numbers'", "'numbers' is not one of any, "),
        ("value", "''", "is not one of any, "),
        ("regex", "'x'", "unknown key; allowed are"),
    ],
)
def test_refused_fields(key: str, value: str | None, message: str) -> None:
    """The same for a field."""
    error = refusal(pack("field", FIELD, **{key: value}))
    assert message in str(error)
    assert (error.rule, error.key) == ("acme-field", key)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("regex", None, "is missing"),
        ("regex", "'a+'", "upper bound"),
        ("regex", "'a\\s'", "line break"),
        ("severity", "'low'", "unknown key"),
    ],
)
def test_refused_benign_shapes(key: str, value: str | None, message: str) -> None:
    """The same for a benign shape."""
    error = refusal(pack("benign", BENIGN, **{key: value}))
    assert message in str(error)
    assert (error.rule, error.key) == ("acme-shape", key)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff", "demo.toml: is not UTF-8 text"),
        (b"[[rule]", "demo.toml: is not valid TOML"),
        (
            b"[[rules]]",
            "demo.toml: key 'rules': unknown table; allowed are [[rule]], [[field]], [[presidio]], [[benign]], [grammar]",
        ),
        (b"[rule]", "demo.toml: key 'rule': write it as [[rule]]"),
        (b"rule = 1", "write it as [[rule]]"),
        (b"rule = [1]", "write it as [[rule]]"),
        (b"grammar = 1", "demo.toml: key 'grammar': write it as [grammar]"),
        (b"[grammar]\nnouns = []", "demo.toml: key 'nouns': unknown key; allowed are "),
        (b"[grammar]\nneutral = [1]", "key 'neutral': must be a list of strings"),
    ],
)
def test_refused_files(data: bytes, message: str) -> None:
    """A file that is no pack is refused by name."""
    assert message in str(refusal(Pack("demo.toml", data)))


def test_an_id_twice() -> None:
    """An id belongs to one rule, field or shape, over all packs; the message names the other file."""
    first = Pack("first.toml", pack("rule", RULE).data)
    for second in (pack("rule", RULE), pack("field", FIELD, id="'acme-key'"), pack("benign", BENIGN, id="'acme-key'")):
        assert "'acme-key' is already used in first.toml" in str(refusal(first, second))
    assert "is already used in" in str(refusal(*find_packs(plugins=False), pack("rule", RULE, id="'jwt'")))


def test_lines() -> None:
    """A rule may span lines where it says so."""
    regex = "'-----BEGIN X-----[^-]{1,200}-----END X-----'"
    (rule,) = load([pack("rule", RULE, regex=regex, multiline="true")]).rules.rules
    assert rule.spans_lines
    assert "starts with something that matches a line break" in str(
        refusal(pack("rule", RULE, regex="'[^x]{3}abc'", multiline="true"))
    )


def test_built_in_packs() -> None:
    """What ships loads, has ids of its own, and examples for everything."""
    loaded = load(find_packs(plugins=False))
    everything = [*loaded.rules.everything(), *loaded.rules.benign]
    ids = [one.id for one in everything]
    assert len(ids) == len(set(ids))
    shown = {example.owner for example in loaded.examples if example.matches}
    assert {one.id for one in loaded.rules.everything()} <= shown
    others = {"advice", "code", "controls", "profiles", "records"}
    packs = [path for path in builtin_directory().rglob("*.toml") if path.parent.name not in others]
    assert len(packs) == len({one.source for one in everything} | {"fields/grammar.toml"})
    assert builtin_rules().digest == loaded.rules.digest


def test_the_digest() -> None:
    """The digest changes with any byte of any pack, and only with that."""
    plain: list[Any] = [pack("rule", RULE), pack("field", FIELD)]
    assert load(plain).rules.digest == load(plain).rules.digest
    assert load(plain).rules.digest != load([pack("rule", RULE, title="'Other'"), plain[1]]).rules.digest
    assert load_rules().digest == load_rules().digest


def test_get() -> None:
    """A rule is had by its id."""
    rules = builtin_rules()
    assert rules.get("jwt").id == "jwt"
    assert rules.get("password").id == "password"
    with pytest.raises(KeyError, match="no-such"):
        rules.get("no-such")
