"""Keys and values in every notation: what exactly is taken for the secret, and what is not."""

from __future__ import annotations

from functools import cache

import pytest

from logscrub.detect import Detector
from logscrub.rules import builtin_rules
from logscrub.rules.rule import RuleSet

# In these rows ⟦…⟧ marks the span that must be reported, to the byte; the marks are not part of the text.
FOUND = [
    # key=value
    "password=⟦hunter2⟧",
    "password=⟦hunter2⟧ user=bob",
    "password = ⟦hunter2⟧",
    "password=⟦hunter2⟧, user=bob",
    "password=⟦hunter2⟧; user=bob",
    "password=⟦hunter2⟧&user=bob",
    "(password=⟦hunter2⟧)",
    "[password=⟦hunter2⟧]",
    "password=⟦hun,ter2⟧ x",
    "password=⟦hun;ter2⟧ x",
    "password=⟦p@ss=w0rd!⟧ x",
    "password=⟦Password123⟧",
    "password=⟦MyPassword⟧",
    "password=⟦SuperSecret1⟧",
    "password=⟦token4711⟧",
    "password=⟦a.b.c.d⟧",
    "password=⟦/9jK+3/x==⟧",
    "password=⟦$ecret$⟧",
    "password=⟦{curly}x⟧",
    "password=⟦12345678⟧",
    "password=⟦0⟧",
    'password="⟦hunter2⟧"',
    "password='⟦hunter2⟧'",
    "password=`⟦hunter2⟧`",
    'password="⟦two words⟧"',
    'password="⟦a, b; c=d⟧"',
    'password="⟦it\'s⟧"',
    "password='⟦it\\'s⟧'",
    'password="⟦say \\"hi\\"⟧"',
    'password="⟦back\\\\⟧" user="bob"',
    'password="⟦never closed',
    "user=bob password=⟦hunter2⟧\nnext line",
    'password="⟦never closed⟧\nnext line',
    "export DB_PASSWORD=⟦hunter2⟧",
    "env: DB_PASSWORD=⟦hunter2⟧ HOME=/root",
    "spring.datasource.password=⟦hunter2⟧",
    "db[password]=⟦hunter2⟧",
    "user[0][password]=⟦hunter2⟧",
    "config['password'] = '⟦hunter2⟧'",
    'config["password"]="⟦hunter2⟧"',
    "self.password='⟦hunter2⟧'",
    "this->password = '⟦hunter2⟧'",
    "userPassword=⟦hunter2⟧",
    "dbpassword=⟦hunter2⟧",
    "PASSWORD=⟦hunter2⟧",
    "password2=⟦hunter2⟧",
    "password_confirmation=⟦hunter2⟧",
    "new-password=⟦hunter2⟧",
    # key: value
    "password: ⟦hunter2⟧",
    "password:⟦hunter2⟧",
    "password :⟦hunter2⟧",
    "password:\t⟦hunter2⟧",
    "Password: ⟦hunter2⟧",
    "  password: ⟦hunter2⟧\n  user: bob",
    "password: '⟦hunter2⟧'",
    'password: "⟦hunter2⟧"',
    "API key: ⟦a8f5f167f44f4964e6c998dee827110c⟧",
    "one time code: ⟦493021⟧",
    "verification code: ⟦889102⟧.",
    # JSON
    '{"password":"⟦hunter2⟧"}',
    '{"password": "⟦hunter2⟧"}',
    '{"password" : "⟦hunter2⟧", "user": "bob"}',
    '{"a": {"b": {"password": "⟦hunter2⟧"}}}',
    '{"password": ⟦12345678⟧}',
    '{"pin": ⟦4821⟧, "user": "bob"}',
    '{"password": "⟦a\\"b⟧"}',
    '{"password": "⟦a\\\\⟧", "user": "bob"}',
    '{"password": "⟦\\u0041bc⟧"}',
    '{"userPassword":"⟦correct horse⟧"}',
    '{"password": ⟦["hunter2", "hunter3"]⟧}',
    # JSON in a string, once and twice
    '{"body": "{\\"password\\": \\"⟦hunter2⟧\\", \\"user\\": \\"bob\\"}"}',
    '{"body": "{\\"password\\":\\"⟦hunter2⟧\\"}"}',
    '"{\\\\\\"password\\\\\\": \\\\\\"⟦hunter2⟧\\\\\\"}"',
    '{"body": "password=⟦hunter2⟧&user=bob"}',
    '{"body": "password=⟦hunter2⟧"}',
    '{"body": "{\\"pin\\": ⟦4821⟧}"}',
    '{"msg": "x password=⟦hunter2⟧\\nnext"}',
    # reprs
    "{'password': '⟦hunter2⟧'}",
    "{'password': \"⟦it's⟧\"}",
    "{'password': b'⟦hunter2⟧'}",
    "{b'password': b'⟦hunter2⟧'}",
    "{'password': u'⟦hunter2⟧'}",
    "{'pin': ⟦4821⟧}",
    "Namespace(password='⟦hunter2⟧', user='bob')",
    "User(name='bob', password='⟦hunter2⟧')",
    "User{name=bob, password=⟦hunter2⟧}",
    "User{name=bob, password=⟦hunter2⟧, id=7}",
    "User(name=bob, password=⟦hunter2⟧, id=7)",
    "User [name=bob, password=⟦hunter2⟧]",
    '#<User name: "bob", password: "⟦hunter2⟧">',
    ':password => "⟦hunter2⟧"',
    ':password=>"⟦hunter2⟧"',
    '{"password"=>"⟦hunter2⟧", "user"=>"bob"}',
    "{'password' => '⟦hunter2⟧'}",
    "{password: '⟦hunter2⟧'}",
    "map[password:⟦hunter2⟧ user:bob]",
    "map[user:bob password:⟦hunter2⟧]",
    "map[Authorization:[Bearer ⟦2YotnFZFEjr1zCsicMWpAA⟧] Accept:[*/*]]",
    "&{Name:bob Password:⟦hunter2⟧}",
    '&main.User{Name:"bob", Password:"⟦hunter2⟧"}',
    # XML
    "<password>⟦hunter2⟧</password>",
    "<ns:password>⟦hunter2⟧</ns:password>",
    "<user><password>⟦two words⟧</password></user>",
    '<user name="bob" password="⟦hunter2⟧"/>',
    "<user password='⟦hunter2⟧' name='bob'/>",
    '<property name="password" value="⟦hunter2⟧"/>',
    '<add key="password" value="⟦hunter2⟧" />',
    # flags
    "mysqldump --password ⟦hunter2⟧ --all",
    "mysqldump --password=⟦hunter2⟧ --all",
    "tool --db-password ⟦hunter2⟧",
    "tool --api-key ⟦a8f5f167f44f4964⟧ run",
    "['tool', '--password', '⟦hunter2⟧']",
    '["tool", "--password", "⟦hunter2⟧", "--all"]',
    "tool -password ⟦hunter2⟧",
    # queries and forms
    "GET /login?password=⟦hunter2⟧ HTTP/1.1",
    "GET /login?password=⟦hunter2⟧&next=/ HTTP/1.1",
    "GET /login?user=bob&password=⟦hunter2⟧ HTTP/1.1",
    "GET /login?password=⟦p%40ss%26word⟧&next=/ HTTP/1.1",
    '"GET /login?password=⟦hunter2⟧ HTTP/1.1" 200',
    "https://x.example/cb#access_token=⟦2YotnFZFEjr1zCsicMWpAA⟧&scope=x",
    "url=%2Flogin%3Fpassword%3D⟦hunter2⟧%26next%3D%2F",
    "%7B%22password%22%3A%22⟦hunter2⟧%22%7D",
    "user=bob&amp;password=⟦hunter2⟧&amp;x=1",
    "{&quot;password&quot;: &quot;⟦hunter2⟧&quot;}",
    # headers
    "X-Auth-Token: ⟦0f2a9d3c4b5e6f708192a3b4c5d6e7f8⟧",
    "Authorization: Bearer ⟦2YotnFZFEjr1zCsicMWpAA⟧",
    "Authorization: Basic ⟦YWxhZGRpbjpvcGVuc2VzYW1l⟧",
    "authorization=Bearer ⟦2YotnFZFEjr1zCsicMWpAA⟧ x",
    "'Authorization': 'Bearer ⟦2YotnFZFEjr1zCsicMWpAA⟧'",
    "('Authorization', 'Bearer ⟦2YotnFZFEjr1zCsicMWpAA⟧')",
    "(b'authorization', b'Bearer ⟦2YotnFZFEjr1zCsicMWpAA⟧')",
    "[('X-Auth-Token', '⟦0f2a9d3c4b5e6f708192a3b4c5d6e7f8⟧'), ('Accept', '*/*')]",
    '["X-Auth-Token", "⟦0f2a9d3c4b5e6f708192a3b4c5d6e7f8⟧"]',
    "curl -H 'X-Api-Key: ⟦a8f5f167f44f4964⟧' https://x.example",
    "Cookie: ⟦sessionid=38afes7a8; csrftoken=u32t4o3tb3gg43⟧",
    # name and value
    '{"name": "password", "value": "⟦hunter2⟧"}',
    "{'name': 'password', 'value': '⟦hunter2⟧'}",
    'name="password" value="⟦hunter2⟧"',
    '{"Name": "password", "Value": "⟦hunter2⟧"}',
    # other scripts, other languages
    "пароль=⟦hunter2⟧",
    "пароль: ⟦секрет⟧",
    "密码=⟦hunter2⟧",
    "密码：⟦hunter2⟧",
    "contraseña=⟦hunter2⟧",
    "prénom=⟦Amélie⟧",
    "password=⟦пароль⟧ x",
    "password=⟦ключ🔑⟧",
    "ｐａｓｓｗｏｒｄ=⟦hunter2⟧",
    "pass\u200bword=⟦hunter2⟧",
    "\x1b[32mpassword\x1b[0m=⟦hunter2⟧",
    "password=\x1b[1m⟦hunter2⟧\x1b[0m x",
    '{"\\u0070assword": "⟦hunter2⟧"}',
    # judged by kind
    "cvv=⟦737⟧",
    "ssn=⟦123456789⟧",
    "dob=⟦1984-07-21⟧",
    "first_name=⟦Alice⟧ last_name=⟦Muster⟧",
    "token=⟦9f6372d0dc189a222520aaade146d07c⟧",
    "token='⟦abcDEF123⟧'",
]

NOT_FOUND = [
    # what stands where a value was, or will be
    "password=",
    "password= ",
    "password:",
    "password=****",
    "password=********",
    "password=xxxxxx",
    "password=•••••",
    "password=<password>",
    "password=<redacted>",
    "password=[REDACTED]",
    "password=[password]",
    "password=[token:abcdefghijklmnop]",
    "password: ${DB_PASSWORD}",
    "password=$DB_PASSWORD",
    "password={{ db_password }}",
    "password={password}",
    "password=%s",
    "password=%(password)s",
    "password=None",
    "password=null",
    "password: nil",
    "password=undefined",
    '{"password": null}',
    '{"password": ""}',
    '{"password": "***"}',
    "{'password': None}",
    "password=''",
    'password=""',
    "SecretStr('**********')",
    "password=SecretStr('**********')",
    '{"password": true}',
    '{"password": false}',
    "password=***hidden***",
    "password=[FILTERED]",
    "<password></password>",
    "<password/>",
    "password=N/A",
    # about the secret, not the secret
    "password_policy=strict",
    "password_length=12",
    "max_tokens=4096",
    "token_count=512",
    "tokenizer=bert-base-12345",
    "token_type=bearer",
    "author=9f8a7b6c5d4e3f2a1b0c77aa",
    "has_password=yes",
    "is_secret=true",
    "secret_name=db-creds",
    "public_key=abc123def456",
    "key_id=12345",
    "monkey=a8f5f167f44f49",
    "compass=north1234",
    "bypass=yes",
    "passed=123456",
    "prompt_tokens: 1532",
    "next_token=abcDEF123456",
    "password_reset_url=/reset",
    "cvv_result=737",
    "classname=123456789",
    "ping=1234",
    "mapping: 1234",
    "microphone=1234567",
    "secretary=Smith12345",
    "passport=strategy",
    "filename=report",
    # prose
    "Failed password for root from 10.0.0.1 port 22 ssh2",
    "Invalid password: must be longer",
    "password: required",
    "password is wrong",
    "the password was changed",
    "unexpected token: identifier",
    "token: expired",
    "Enter password for bob:",
    "password authentication failed for user bob",
    "secret: loaded",
    "auth: required",
    # code
    "connect(dsn, password=self.password)",
    "password=password",
    "password = get_password()",
    "password=os.environ['DB_PASSWORD']",
    "Password::validate",
    "std::token::value",
    "--password --all",
    "--token",
    # words of other rules' lines
    "session: opened",
    "cookie=None",
    "cookies: enabled",
    "first_name=None",
    "street=None",
]


@cache
def detector() -> Detector:
    """Fields only: no shape may come to a field's aid."""
    rules = builtin_rules()
    return Detector(
        RuleSet(
            (), tuple(one for one in rules.fields if one.default), rules.benign, rules.grammar, "fields", rules.labels
        )
    )


def _marked(text: str) -> str:
    out, position = [], 0
    for match in detector().find(text):
        out += [text[position : match.start], "⟦", text[match.start : match.end], "⟧"]
        position = match.end
    return "".join(out) + text[position:]


@pytest.mark.parametrize("row", FOUND)
def test_the_secret_and_nothing_else(row: str) -> None:
    """The span of a value is exact in this notation."""
    expected = row if "⟧" in row else row + "⟧"
    assert _marked(row.replace("⟦", "").replace("⟧", "")) == expected


@pytest.mark.parametrize("text", NOT_FOUND)
def test_no_secret(text: str) -> None:
    """Nothing in this line is the value of a secret."""
    assert _marked(text) == text


@pytest.mark.parametrize("row", [row for row in FOUND if "\n" not in row])
def test_in_the_middle_of_a_line(row: str) -> None:
    """The same value is found with words before it and after it; the span may not grow over them."""
    text = row.replace("⟦", "").replace("⟧", "")
    long = f"2024-05-01T12:00:00Z INFO app - {text}"
    shifted = [(match.start - 32, match.end - 32) for match in detector().find(long)]
    assert shifted == [(match.start, match.end) for match in detector().find(text)]


def test_keys_are_reported() -> None:
    """A match names the key that gave the value away, for the report."""
    (match,) = detector().find("spring.datasource.password=hunter2")
    assert match.key.endswith("password")
    assert match.rule == "password"


def test_a_bare_json_number_says_so() -> None:
    """The marker of a number in JSON needs quotes of its own; that of a text does not."""
    assert [match.quote for match in detector().find('{"pin": 4821, "cvv": "737"}')] == ['"', ""]
