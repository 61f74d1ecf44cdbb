"""Values in containers and constructors, source lines, and sentences about a value: what of them is a secret."""

from __future__ import annotations

from functools import cache
from time import perf_counter

import pytest

from logscrub.detect import Detector
from logscrub.rules import builtin_rules
from logscrub.rules.rule import RuleSet

# ⟦…⟧ marks the spans that must be reported; the marks are not part of the text.
CONTAINERS = [
    '{"password": {"old": "⟦Wint3r-Gard3n⟧", "new": "⟦Spr1ng_Moss⟧"}, "n": 1}',
    "{'password': {'old': '⟦Wint3r-Gard3n⟧'}}",
    "{'secrets': {'db': '⟦Wint3r-Gard3n⟧', 'queue': b'⟦Spr1ng_Moss⟧'}}",
    '{"credentials": {"user": "anna77", "x": "⟦Wint3r-Gard3n⟧"}}',
    '{"body": "{\\"password\\": {\\"old\\": \\"⟦Wint3r-Gard3n⟧\\"}}"}',
    '"passwords": [{"v": "⟦Wint3r-Gard3n⟧"}]',
    "credentials={user=anna, x=⟦Wint3r-Gard3n⟧}",
    "secrets: {db: ⟦Wint3rGard3n⟧, queue: ⟦Spr1ngMoss⟧}",
    "auth=('anna', '⟦Wint3r-Gard3n⟧')",
    '{"auth": ("anna", "⟦Wint3r-Gard3n⟧"), "n": 1}',
    # constructors and declarations
    "{'password': bytearray(b'⟦Wint3r⟧')}",
    "{'password': np.str_('⟦Wint3r⟧')}",
    "{'password': Markup('⟦Wint3r⟧')}",
    "password=SecretStr('⟦Wint3r⟧')",
    "{'client_secret': UUID('⟦3b0c9a5e-7d21-4f6a-9c3e-5a8d1e2f4b60⟧')}",
    "{'date_of_birth': ⟦datetime.date(1991, 7, 4)⟧, 'n': 1}",
    "password: str = '⟦Wint3r⟧'",
    "password: Optional[str] = '⟦Wint3r⟧'",
    "Field(name='password', value='⟦Wint3r⟧')",
    "<SimpleCookie: ⟦lang='de'; sid='3fd8e0a1b2c4d5e6'⟧>",
    # notations
    "password='''⟦Wint3r⟧'''",
    'password="""⟦two words⟧""" x',
    "password[]=⟦Wint3r⟧",
    "user[password][]=⟦Wint3r⟧",
    # begins like a placeholder
    '"password": "⟦$Wint3rGard3n⟧"',
    '"password": "⟦***q7W!rde2⟧"',
    '"password": "⟦<Wint3r-gard3n>x⟧"',
]

NOTHING = [
    # in a container, what does not look like a secret is none
    '{"token": {"type": "IDENT"}}',
    '{"token": {"type": "IDENT", "value": "foo"}}',
    '{"password": {"min_length": 12, "required": true}}',
    '{"password": {"type": "string", "pattern": "^[A-Z0-9]+$", "format": "password"}}',
    '{"password": {"description": "Must have 12 characters"}}',
    '{"token": {"id": "3b0c9a5e-7d21-4f6a-9c3e-5a8d1e2f4b60", "exp": 1795283431}}',
    '{"credentials": "include"}',
    "auth=('basic', 'digest')",
    "auth=('anna', password)",
    # sentences about a value
    '{"password": ["This field is required."]}',
    '{"errors": {"password": ["Password must contain 8 characters", "Too short."]}}',
    "{'password': [ErrorDetail(string='This field is required.', code='required')]}",
    "password: Input should be a valid string",
    'CSRF_TOKEN_MISSING = "The token is missing."',
    # source lines
    "    self.password = password",
    "    self._password = password",
    "    self.cookies = cookies",
    '    url = "https://api.example.com/?token=" + token',
    "    requests.get('https://api.example.com/?password='+pw, timeout=3)",
    '    headers["Authorization"] = "Bearer " + token',
    "print('the password='+password); raise ValueError(1)",
    "log('password=', password)",
    "line = 'token=' + token + '&x=1'",
    "parse('Cookie:' header)",
    "    return BasicAuth(username=auth[0], password=auth[1])",
    "    password = quote(parts.password, safe='')",
    '    self.password == getattr(other, "password", None),',
    'env = {"DB_PASSWORD": password}',
    "connect(user=user, password=new_password)",
    "    password: SecretStr",
    'session_cookie: str = "session"',
    "def load(self, cookies: CookieTypes | None = None) -> None:",
    "password=Option(type='string')",
    "get_password = (lambda: password) if password else None",
    'credential = f"{policy}:{name}"',
    'joined_cookie = ";".join(parts)',
    'fields = ["old_password", "new_password"]',
    # placeholders
    '"password": "${VAR}"',
    '"password": "$VAR"',
    '"password": "****"',
    '"password": "<redacted>"',
    '"token": "$oauth2Token"',
    "User(name='anna', password='', note='x')",
]


@cache
def detector() -> Detector:
    """Fields only: no shape may come to a field's aid."""
    rules = builtin_rules()
    fields = tuple(one for one in rules.fields if one.default)
    return Detector(RuleSet((), fields, rules.benign, rules.grammar, "fields", rules.labels))


def _marked(text: str) -> str:
    out, position = [], 0
    for match in detector().find(text):
        out += [text[position : match.start], "⟦", text[match.start : match.end], "⟧"]
        position = match.end
    return "".join(out) + text[position:]


@pytest.mark.parametrize("marked", CONTAINERS)
def test_values(marked: str) -> None:
    """Each secret is found, to the byte, and nothing around it."""
    assert _marked(marked.replace("⟦", "").replace("⟧", "")) == marked


@pytest.mark.parametrize("text", NOTHING)
def test_nothing(text: str) -> None:
    """No text, no name and no code is taken for a secret."""
    assert _marked(text) == text


@pytest.mark.parametrize("marked", CONTAINERS)
def test_in_a_line_of_a_larger_text(marked: str) -> None:
    """What is found in a line does not depend on the lines around it."""
    text = marked.replace("⟦", "").replace("⟧", "")
    assert _marked(f"first line\n{text}\nlast line") == f"first line\n{marked}\nlast line"


def test_a_container_is_read_so_far_and_no_further() -> None:
    """Beyond 32 values or 4 KB a container is not read; what costs is bounded."""
    many = "{'passwords': {" + ", ".join(f"'k{n}': 'Wint3r-{n:03}x'" for n in range(40)) + "}}"
    assert len(detector().find(many)) == 32
    far = "{'passwords': {'note': '" + "long " * 900 + "', 'k': 'Wint3r-Gard3n'}}"
    assert detector().find(far) == []


@pytest.mark.parametrize("piece", ["password=(", "password={{{{{{", "secrets={'k1': 'v1', ", "password={'a': "])
def test_a_container_is_read_once(piece: str) -> None:
    """Containers that are never closed, one in another, cost no more than their length."""

    def seconds(text: str) -> float:
        before = perf_counter()
        detector().find(text)
        return perf_counter() - before

    assert seconds(piece * 4000) < 2
