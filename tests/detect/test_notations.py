"""One key and one value in every notation: exactly the value is taken, and what is left is still well formed."""

from __future__ import annotations

import ast
import dataclasses
import json
import urllib.parse
from collections import OrderedDict
from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest

from logscrub import Scrubber
from logscrub.detect import Detector
from logscrub.rules import builtin_rules
from logscrub.rules.rule import RuleSet

# In three spellings and three scripts, with values that are words, tokens and numbers.
SECRETS = [
    ("password", "hunter2"),
    ("dbPassword", "p@ss!w0rd"),
    ("X-Auth-Token", "0f2a9d3c4b5e6f708192a3b4c5d6e7f8"),
    ("contraseña", "hunter2"),
    ("用户密码", "hunter2"),
    ("パスワード", "hunter2"),
    ("Пароль", "hunter2"),
    ("비밀번호", "12345678"),
]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _nested(key: str, value: str, depth: int) -> str:
    text = _json({key: value, "user": "bob"})
    for _ in range(depth):
        text = _json({"body": text, "n": 1})
    return text


JSON: dict[str, Callable[[str, str], str]] = {
    "object": lambda k, v: _json({"user": "bob", k: v, "n": 1}),
    "tight": lambda k, v: json.dumps({k: v, "n": 1}, separators=(",", ":"), ensure_ascii=False),
    "pretty": lambda k, v: json.dumps({"user": "bob", k: v, "n": 1}, indent=2, ensure_ascii=False),
    "inside": lambda k, v: _json({"a": [{"b": {k: v}}], "n": 1}),
    "string-1": lambda k, v: _nested(k, v, 1),
    "string-2": lambda k, v: _nested(k, v, 2),
    "string-3": lambda k, v: _nested(k, v, 3),
    "pairs": lambda k, v: _json([["Accept", "*/*"], [k, v]]),
    "name-value": lambda k, v: _json({"name": k, "value": v}),
    "key-value": lambda k, v: _json({"key": k, "value": v}),
    "Name-Value": lambda k, v: _json({"Name": k, "Value": v}),
    "value-name": lambda k, v: _json({"value": v, "name": k}),
    "Value-Key": lambda k, v: _json({"Value": v, "Key": k, "n": 1}),
    "value-name-pretty": lambda k, v: json.dumps({"value": v, "name": k}, indent=2, ensure_ascii=False),
    "name-type-value": lambda k, v: _json({"name": k, "type": "string", "required": True, "value": v}),
    "name-value-pretty": lambda k, v: json.dumps({"name": k, "value": v}, indent=2, ensure_ascii=False),
    "ascii": lambda k, v: json.dumps({"user": "bob", k: v, "n": 1}),
    "ascii-in-string": lambda k, v: json.dumps({"body": json.dumps({k: v})}),
    "value-name-in-string": lambda k, v: _json({"body": _json([{"value": v, "name": k}])}),
    "name-value-in-string": lambda k, v: _json({"body": _json([{"name": k, "value": v}])}),
    "argv": lambda k, v: _json(["tool", f"--{k}", v, "run"]),
    "argv-equals": lambda k, v: _json(["tool", f"--{k}={v}", "run"]),
    "message": lambda k, v: _json({"msg": f"{k}={v} user=bob"}),
    "message-quoted": lambda k, v: _json({"msg": f'{k}="{v}" user=bob'}),
    "message-lines": lambda k, v: _json({"msg": f"a\n{k}={v}\nuser=bob"}),
    "message-repr": lambda k, v: _json({"msg": repr({k: v, "user": "bob"})}),
    "message-query": lambda k, v: _json({"url": f"/x?a=1&{k}={v}&b=2"}),
    "message-xml": lambda k, v: _json({"body": f"<a><{k}>{v}</{k}></a>"}),
    "message-attribute": lambda k, v: _json({"body": f'<a {k}="{v}"/>'}),
}

PYTHON: dict[str, Callable[[str, str], str]] = {
    "dict": lambda k, v: repr({"user": "bob", k: v, "n": 1}),
    "dict-unicode": lambda k, v: f"{{u'{k}': u'{v}', u'n': 1}}",
    "dict-json": lambda k, v: repr({"body": _json({k: v})}),
    "list-of-pairs": lambda k, v: repr([("Accept", "*/*"), (k, v)]),
    "pair": lambda k, v: repr((k, v)),
    "argv": lambda k, v: repr(["tool", f"--{k}", v, "run"]),
    "name-value": lambda k, v: repr({"name": k, "value": v}),
}

XML: dict[str, Callable[[str, str], str]] = {
    "element": lambda k, v: f"<user><name>bob</name><{k}>{v}</{k}></user>",
    "spaces": lambda k, v: f"<{k}> {v} </{k}>",
    "attribute": lambda k, v: f'<user name="bob" {k}="{v}"/>',
    "attribute-single": lambda k, v: f"<user {k}='{v}' name='bob'/>",
    "key-value": lambda k, v: f'<add key="{k}" value="{v}" />',
    "name-value": lambda k, v: f"<param name='{k}' value='{v}'/>",
    "attributes": lambda k, v: f'<{k} type="plain" n="1">{v}</{k}>',
    "entry": lambda k, v: f'<entry key="{k}">{v}</entry>',
    "property": lambda k, v: f'<property name="{k}">{v}</property>',
    "property-value": lambda k, v: f'<property name="{k}"><value>{v}</value></property>',
    "value-key": lambda k, v: f'<add value="{v}" key="{k}"/>',
    "elements": lambda k, v: f"<property><name>{k}</name><value>{v}</value></property>",
    "elements-lines": lambda k, v: f"<property>\n  <name>{k}</name>\n  <value>{v}</value>\n</property>",
    "plist": lambda k, v: f"<dict><key>{k}</key>\n\t<string>{v}</string></dict>",
}

TEXT: dict[str, Callable[[str, str], str]] = {
    # key=value and key: value
    "kv": lambda k, v: f"{k}={v} user=bob",
    "kv-spaces": lambda k, v: f"{k} = {v}",
    "kv-comma": lambda k, v: f"{k}={v}, user=bob",
    "kv-semicolon": lambda k, v: f"{k}={v}; user=bob",
    "kv-tight-comma": lambda k, v: f"user=bob,{k}={v},x=1",
    "kv-tight-semicolon": lambda k, v: f"user=bob;{k}={v};x=1",
    "kv-tight-semicolon-last": lambda k, v: f"user=bob;{k}={v}",
    "connection-string": lambda k, v: f"Server=db;{k}={v};Initial Catalog=x;",
    "connection-string-quoted": lambda k, v: f'Server=db;{k}="{v}";Initial Catalog=x;',
    "kv-parenthesis": lambda k, v: f"login ({k}={v})",
    "logfmt": lambda k, v: f'level=info {k}="{v}" msg="logged in"',
    "yaml": lambda k, v: f"spec:\n  {k}: {v}\n  user: bob\n",
    "yaml-quoted": lambda k, v: f"- {k}: '{v}'\n- user: bob",
    "yaml-flow": lambda k, v: f"{{user: bob, {k}: {v}}}",
    "ini": lambda k, v: f"[db]\n{k} = {v}\nuser = bob\n",
    "properties": lambda k, v: f"app.db.{k}={v}",
    "toml": lambda k, v: f'{k} = "{v}"',
    "colon-after-space": lambda k, v: f"{k} : {v}",
    "colon-fullwidth": lambda k, v: f"{k}：{v}",
    "environment": lambda k, v: f"docker run -e {k}={v} image",
    # objects
    "python-dataclass": lambda k, v: f"User(name='bob', {k}={v!r}, n=1)",
    "python-object": lambda k, v: f"<User name='bob' {k}={v!r}>",
    "python-attributes": lambda k, v: f"<User {k}={v} name=bob>",
    "python-item": lambda k, v: f"config[{k!r}] = {v!r}",
    "java-tostring": lambda k, v: f"User{{name=bob, {k}={v}}}",
    "java-tostring-quoted": lambda k, v: f"User{{{k}='{v}', name='bob'}}",
    "java-record": lambda k, v: f"User[{k}={v}, name=bob]",
    "java-lombok": lambda k, v: f"User(name=bob, {k}={v}, id=7)",
    "java-commons": lambda k, v: f"com.example.User@1b2c3d[name=bob,{k}={v}]",
    "java-map": lambda k, v: f"{{{k}={v}, user=bob}}",
    "go-value": lambda k, v: f"{{{k}:{v} Name:bob}}",
    "go-pointer": lambda k, v: f"&{{Name:bob {k}:{v}}}",
    "go-syntax": lambda k, v: f'main.User{{Name:"bob", {k}:"{v}"}}',
    "go-map": lambda k, v: f"map[{k}:{v} user:bob]",
    "go-header-map": lambda k, v: f"map[Accept:[*/*] {k}:[{v}]]",
    "ruby-hash": lambda k, v: f'{{:user=>"bob", :{k}=>"{v}"}}',
    "ruby-string-hash": lambda k, v: f'{{"{k}"=>"{v}", "user"=>"bob"}}',
    "ruby-object": lambda k, v: f'#<User id: 1, {k}: "{v}", name: "bob">',
    "ruby-inspect": lambda k, v: f'#<User:0x0000ffff @name="bob", @{k}="{v}">',
    "ruby-struct": lambda k, v: f'#<struct User name="bob", {k}="{v}">',
    "php-array": lambda k, v: f"array (\n  '{k}' => '{v}',\n)",
    "php-print-r": lambda k, v: f"Array\n(\n    [{k}] => {v}\n    [user] => bob\n)\n",
    "php-print-r-first": lambda k, v: f"Array ( [{k}] => {v} )",
    "php-var-dump": lambda k, v: f'array(1) {{\n  ["{k}"]=>\n  string({len(v)}) "{v}"\n}}',
    "php-serialize": lambda k, v: f's:{len(k)}:"{k}";s:{len(v)}:"{v}";',
    "rust-option": lambda k, v: f'User {{ {k}: Some("{v}"), name: "bob" }}',
    "scala-map": lambda k, v: f"Map({k} -> {v}, user -> bob)",
    "scala-map-last": lambda k, v: f"Map(user -> bob, {k} -> {v})",
    "rust-debug": lambda k, v: f'User {{ name: "bob", {k}: "{v}" }}',
    "csharp-record": lambda k, v: f"User {{ Name = bob, {k} = {v} }}",
    "javascript": lambda k, v: f"{{ user: 'bob', {k}: '{v}' }}",
    "elixir": lambda k, v: f'%{{"{k}" => "{v}", user: "bob"}}',
    # a name and a value, each a field of its own
    "name-value-brackets": lambda k, v: f"[name={k}, value={v}]",
    "name-value-parentheses": lambda k, v: f"NameValue(name={k}, value={v})",
    "name-value-yaml-flow": lambda k, v: f"{{name: {k}, value: {v}}}",
    "name-value-yaml": lambda k, v: f"- name: {k}\n  value: {v}\n- name: n\n  value: 1\n",
    "name-value-yaml-quoted": lambda k, v: f"- name: \"{k}\"\n  value: '{v}'\n",
    "name-value-yaml-in-json": lambda k, v: _json({"y": f"- name: {k}\n  value: {v}\n- name: n\n"}),
    "name-value-go": lambda k, v: f"EnvVar{{Name:{k},Value:{v},ValueFrom:nil,}}",
    "name-value-go-plain": lambda k, v: f"{{Name:{k} Value:{v}}}",
    "html-input": lambda k, v: f'<input type="hidden" name="{k}" value="{v}">',
    "html-input-value-first": lambda k, v: f'<input type="hidden" value="{v}" name="{k}">',
    # XML that does not stand alone
    "xml-namespace": lambda k, v: f'<ns:{k} Type="http://x.example/a#PlainText">{v}</ns:{k}>',
    "xml-escaped": lambda k, v: f"&lt;{k}&gt;{v}&lt;/{k}&gt;",
    "xml-escaped-attributes": lambda k, v: f"&lt;{k} type=&quot;plain&quot;&gt;{v}&lt;/{k}&gt;",
    # headers
    "header-lines": lambda k, v: f"Accept: */*\r\n{k}: {v}\r\nHost: x\r\n",
    "header-curl": lambda k, v: f"curl -H '{k}: {v}' https://x.example",
    "header-pair-bytes": lambda k, v: f"[(b'accept', b'*/*'), (b'{k}', b'{v}')]",
    # flags
    "flag": lambda k, v: f"tool --{k} {v} run",
    "flag-equals": lambda k, v: f"tool --{k}={v} run",
    "flag-quoted": lambda k, v: f"tool --{k} '{v}' run",
    "flag-property": lambda k, v: f"java -Dapp.{k}={v} -jar x.jar",
    # queries and forms
    "query": lambda k, v: f'"GET /x?a=1&{k}={v}&b=2 HTTP/1.1" 200',
    "query-last": lambda k, v: f"GET /x?{k}={v} HTTP/1.1",
    "fragment": lambda k, v: f"https://x.example/cb#{k}={v}&state=1",
    "form": lambda k, v: f"user=bob&{k}={v}&x=1",
    "form-first": lambda k, v: f"body: {k}={v}&user=bob",
    "form-entity": lambda k, v: f"user=bob&amp;{k}={v}&amp;x=1",
    "query-fragment": lambda k, v: f"https://x.example/x?{k}={v}#top",
    "form-nested-encoded": lambda k, v: f"user%5B{k}%5D={v}&commit=x",
    "form-encoded": lambda k, v: f"url=%2Fx%3F{k}%3D{v}%26b%3D2",
    "form-encoded-twice": lambda k, v: f"url=%252Fx%253F{k}%253D{v}%2526b%253D2",
    "multipart": lambda k, v: f'Content-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n--b--',
    "multipart-type": lambda k, v: f'x; name="{k}"\r\nContent-Type: text/plain\r\n\r\n{v}\r\n--b--',
    "multipart-in-json": lambda k, v: _json({"b": f'form-data; name="{k}"\r\n\r\n{v}\r\n--b--'}),
    "form-nested": lambda k, v: f"user[{k}]={v}&commit=x",
    # statements
    "sql": lambda k, v: f"UPDATE users SET {k} = '{v}' WHERE id = 1",
    "graphql": lambda k, v: f'mutation {{ login(user: "bob", {k}: "{v}") {{ id }} }}',
    "walrus": lambda k, v: f'{k} := "{v}"',
}

# For names that are identifiers of the language, so that Python itself writes the notation.
OBJECTS: dict[str, Callable[[str, str], object]] = {
    "dataclass": lambda k, v: dataclasses.make_dataclass("User", [k, "name"])(v, "bob"),
    "namespace": lambda k, v: SimpleNamespace(name="bob", **{k: v}),
    "ordered-dict": lambda k, v: OrderedDict([("user", "bob"), (k, v)]),
    "bytes": lambda k, v: {k: v.encode()},
    "bytes-both": lambda k, v: {k.encode(): v.encode()},
    "json-bytes": lambda k, v: json.dumps({k: v}).encode(),
}

ALL = {
    **{f"json-{name}": write for name, write in JSON.items()},
    **{f"python-{name}": write for name, write in PYTHON.items()},
    **{f"xml-{name}": write for name, write in XML.items()},
    **TEXT,
}


@cache
def detector() -> Detector:
    """Fields only: no shape may come to a field's aid."""
    rules = builtin_rules()
    fields = tuple(one for one in rules.fields if one.default)
    return Detector(RuleSet((), fields, rules.benign, rules.grammar, "fields", rules.labels))


@cache
def scrubber() -> Scrubber:
    """What an application gets."""
    return Scrubber()


def _marked(text: str) -> str:
    out, position = [], 0
    for match in detector().find(text):
        out += [text[position : match.start], "⟦", text[match.start : match.end], "⟧"]
        position = match.end
    return "".join(out) + text[position:]


@pytest.mark.parametrize(
    ("notation", "key", "value"),
    [(name, key, value) for name in ALL for key, value in SECRETS],
)
def test_exactly_the_value(notation: str, key: str, value: str) -> None:
    """The span is the value, to the byte."""
    text = ALL[notation](key, value)
    assert _marked(text) == text.replace(value, f"⟦{value}⟧")


# Where values, keys and separators are awkward: ⟦…⟧ marks the span.
AWKWARD = [
    "password=⟦hun,ter2;x⟧ user=bob",
    "map[password:⟦hun,ter2;x⟧ user:bob]",
    '{"msg": "a\\npassword=⟦päss;wörd1⟧\\nuser=bob"}',
    "Server=db;Password=⟦hun;ter2⟧;Initial Catalog=x",
    "Server=db;Password=⟦hun,ter2|)x⟧;Database=x",
    "user=bob&password=⟦hun#ter2⟧&x=1",
    "url=%2Fx%3Fpassword%3D⟦hun%2Cter2%3Bx⟧%26b%3D2",
    "%7B%22password%22%3A%20%22⟦hun%2Cter2⟧%22%2C%20%22u%22%3A%201%7D",
    "%7B%22pin%22%3A%20⟦4821⟧%2C%20%22u%22%3A%201%7D",
    "%7B%22pin%22%3A%20⟦4821⟧%7D",
    "user%5Bpassword%5D%3D⟦hunter2⟧%26commit%3Dx",
    '{"a": "{\\"\\\\u5bc6\\\\u7801\\": \\"⟦hunter2⟧\\"}"}',
    '{"contrase\\u00f1a": "⟦p\\u00e4ss\\u7801⟧"}',
    '{"mot_de_passe_confirm\\u00e9": "⟦hunter2⟧"}',
    '{"msg": "\\u5bc6\\u7801\\uff1a⟦hunter2⟧ x"}',
    '{"msg": "\\u001b[31mpassword\\u001b[0m=⟦hunter2⟧ x"}',
    "mot de passe\u00a0: ⟦hunter2⟧",
    "mot de passe\u202f: ⟦hunter2⟧",
    "contrasen\u0303a=⟦hunter2⟧",
    "\u30cf\u309a\u30b9\u30ef\u30fc\u30c8\u3099=⟦hunter2⟧",
    "ﾊﾟｽﾜｰﾄﾞ=⟦hunter2⟧",
    "\u1107\u1175\u1106\u1175\u11af\u1107\u1165\u11ab\u1112\u1169=⟦hunter2⟧",
    "clé d'API : ⟦0f2a9d3c4b5e6f708192a3b4c5d6e7f8⟧",
    "número de la tarjeta: ⟦4000001234567899⟧",
    "numero de seguridad social: ⟦078-05-1120⟧",
    "password -> ⟦hunter2x9Kq⟧",
    # and where there is nothing to take
    "body -> password -> field required",
    '{"field": "password"}',
    '{"a": ["password"], "b": "hunter2"}',
    '<password type="plain"></password>',
    "<password><xsd:string></password>",
    "[password] => hunter2",
]


@pytest.mark.parametrize("marked", AWKWARD)
def test_awkward(marked: str) -> None:
    """No more and no less than the value."""
    assert _marked(marked.replace("⟦", "").replace("⟧", "")) == marked


@pytest.mark.parametrize("key", ["password", "db_password", "contraseña", "密码"])
@pytest.mark.parametrize("notation", OBJECTS)
def test_what_python_writes(notation: str, key: str) -> None:
    """The repr of an object holds its secret in one place, and only that is taken."""
    if notation.startswith("json") or (notation == "bytes-both" and not key.isascii()):
        key = "password"
    text = repr(OBJECTS[notation](key, "hunter2"))
    assert _marked(text) == text.replace("hunter2", "⟦hunter2⟧")


@pytest.mark.parametrize("notation", JSON)
@pytest.mark.parametrize("value", ["hunter2", 'a "quoted" \\ one', "two words", "ünïcödé"])
def test_json_stays_json(notation: str, value: str) -> None:
    """A scrubbed document still parses, on every level of strings within strings."""
    if notation.startswith(("message", "argv-equals")):
        value = "hunter2"
    document = json.loads(scrubber().scrub(JSON[notation]("password", value)))
    assert value not in _json(document)
    while isinstance(document, dict) and isinstance(document.get("body"), str) and document["body"].startswith("{"):
        document = json.loads(document["body"])


@pytest.mark.parametrize("notation", PYTHON)
def test_python_stays_python(notation: str) -> None:
    """A scrubbed repr is still a literal."""
    text = scrubber().scrub(PYTHON[notation]("password", "it's hunter2"))
    assert "hunter2" not in repr(ast.literal_eval(text))


@pytest.mark.parametrize("notation", XML)
def test_xml_stays_xml(notation: str) -> None:
    """A scrubbed document still parses."""
    text = scrubber().scrub(XML[notation]("password", "hunter2"))
    assert "hunter2" not in ET.tostring(ET.fromstring(text), encoding="unicode")


def test_a_query_stays_a_query() -> None:
    """The parameters around a scrubbed one are still there."""
    url = scrubber().scrub("https://x.example/x?a=1&password=p%40ss%26w0rd&b=2")
    parameters = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)
    assert (parameters["a"], parameters["b"]) == (["1"], ["2"])
    assert "p@ss" not in parameters["password"][0]
