"""What counts as a value, and how far one goes that is not in quotes."""

from __future__ import annotations

from functools import cache

import pytest

from logscrub.detect import Detector
from logscrub.detect.values import VALUE_KINDS
from logscrub.rules import builtin_rules
from logscrub.rules.rule import RuleSet

# ⟦…⟧ marks the span that must be reported; the marks are not part of the text.
LONG = [
    "full name: ⟦Alice Muster⟧",
    "full name: ⟦Ludwig van Beethoven⟧, composer",
    "first_name=⟦Alice⟧ INFO done",
    "first_name=⟦Alice⟧ Role=admin",
    "first_name=⟦Alice⟧ signed in",
    "address_line1=⟦12 Example Street⟧, Springfield",
    "паспорт: ⟦4509 123456⟧",
    "license_plate=⟦ZH 123456⟧",
    "ssn=⟦123-45-6789⟧ 200 OK",
    "birth date: ⟦21. Juli 1984⟧",
    "date of birth: ⟦July 21, 1984⟧",
    "fecha de nacimiento: ⟦21 de julio de 1984⟧",
    "生年月日: ⟦1984年7月21日⟧",
    "생년월일: ⟦1984년 7월 21일⟧",
]

REFERENCES = [
    "password=\"'$PRE\"'",
    'password="#{x}"',
    "password=#{config.password}",
    "password=arn:aws:secretsmanager:us-east-1:123456789012:secret:x",
    'password: "passwords#update"',
    "password=&lt;YOURPASS&gt;",
    "password=`cat /etc/pass`",
    "password=$(cat /etc/x)",
    "password=${VAR:=x}",
    "password='.$p['x'].'",
    'password=".$pass."',
    "password=$SITE_BASE_URL/login",
]

# A token is made by a machine: these are put where one will stand, or name a file.
NO_TOKENS = [
    "YOUR_API_KEY_HERE",
    "your_api_key:your_key_here",
    "placeholder-consumer-key",
    "00000000000000000000",
    "00000000-0000-0000-0000-000000000000",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "xxxxxxxxxxxxxxxxxxxx",
    "<token>",
    "short-key",
    "not-a-uuid",
    "server.pem",
    "id_rsa.key",
    "api_key",
]


@cache
def detector() -> Detector:
    """Fields only: no shape may come to a field's aid."""
    rules = builtin_rules()
    fields = tuple(one for one in rules.fields if one.default)
    return Detector(RuleSet((), fields, rules.benign, rules.grammar, "fields", rules.labels))


@pytest.mark.parametrize("marked", LONG)
def test_values_of_several_words(marked: str) -> None:
    """Names, numbers and dates go on behind a blank; other values do not."""
    text = marked.replace("⟦", "").replace("⟧", "")
    spans = [text[match.start : match.end] for match in detector().find(text)]
    assert spans == [marked.partition("⟦")[2].partition("⟧")[0]]


@pytest.mark.parametrize("text", REFERENCES)
def test_references_are_no_values(text: str) -> None:
    """What only says where a password is to be had is none."""
    assert detector().find(text) == []


@pytest.mark.parametrize("value", NO_TOKENS)
def test_what_is_no_token(value: str) -> None:
    """Placeholders, names and words are no tokens, with quotes or without."""
    assert detector().find(f'"api_key": "{value}"') == []
    assert detector().find(f"api_key={value}") == []


@pytest.mark.parametrize("value", ["changeme", "correct-horse-battery", "password", "`hunter2`"])
def test_weak_passwords_are_passwords(value: str) -> None:
    """People choose what a machine would not."""
    assert len(detector().find(f'"password": "{value}"')) == 1


@pytest.mark.parametrize("kind", sorted(VALUE_KINDS))
@pytest.mark.parametrize("value", [b"", b" ", b"****", b"null"])
def test_nothing_is_no_value_of_any_kind(kind: str, value: bytes) -> None:
    """No kind takes an empty value or a mask."""
    assert not VALUE_KINDS[kind](value, False)
