"""Records to hold the laws against: synthetic secrets in every notation, noise, and what is awkward in a text."""

from __future__ import annotations

import json
import os
import urllib.parse
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from hypothesis import settings
from hypothesis import strategies as st

from logscrub.rules.load import load
from logscrub.rules.packs import find_packs

LOADED = load(find_packs(plugins=False))
"""The built-in rules with their examples."""

MATCHING = sorted({example.text for example in LOADED.examples if example.matches})
HARMLESS = sorted({example.text for example in LOADED.examples if not example.matches})

KEYS = [
    "password",
    "userPassword",
    "DB_PASSWORD",
    "X-Auth-Token",
    "api_key",
    "apikey",
    "client-secret",
    "access_token",
    "refreshToken",
    "Authorization",
    "Cookie",
    "sessionid",
    "pin",
    "ssn",
    "cvv",
    "card_number",
    "phone",
    "first_name",
    "secret",
    "пароль",
    "密码",
    "spring.datasource.password",
    "old password",
]
HARMLESS_KEYS = [
    "user",
    "status",
    "max_tokens",
    "token_count",
    "author",
    "path",
    "id",
    "compass",
    "password_policy",
    "n",
]

ALPHANUMERIC = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


def budget(examples: int) -> settings:
    """Settings of one law: as many examples, ten times as many with ``LOGSCRUB_LAWS=search``, and other ones each time."""
    base = settings.get_profile("laws")
    if os.environ.get("LOGSCRUB_LAWS") == "search":
        return settings(base, max_examples=examples * 10, derandomize=False)
    return settings(base, max_examples=examples)


def _query(key: str, value: str) -> str:
    return f"GET /login?{urllib.parse.quote(key)}={urllib.parse.quote(value)}&next=/ HTTP/1.1"


NOTATIONS: dict[str, Callable[[str, str], str]] = {
    "kv": lambda key, value: f"{key}={value}",
    "kv quoted": lambda key, value: f'{key}="{value}"',
    "colon": lambda key, value: f"{key}: {value}",
    "colon quoted": lambda key, value: f"{key}: '{value}'",
    "arrow": lambda key, value: f":{key} => {json.dumps(value)}",
    "quoted arrow": lambda key, value: f"{json.dumps(key)}=>{json.dumps(value)}",
    "json": lambda key, value: json.dumps({"id": 1, key: value}, ensure_ascii=False),
    "compact json": lambda key, value: json.dumps({key: value, "ok": True}, separators=(",", ":"), ensure_ascii=False),
    "json in a string": lambda key, value: json.dumps(
        {"body": json.dumps({key: value}, ensure_ascii=False)}, ensure_ascii=False
    ),
    "repr": lambda key, value: repr({key: value, "n": 1}),
    "repr of bytes": lambda key, value: f"{{{key!r}: b'{value}'}}",
    "element": lambda key, value: f"<{key.replace(' ', '-')}>{escape(value)}</{key.replace(' ', '-')}>",
    "attribute": lambda key, value: f"<user {key.replace(' ', '-')}={quoteattr(value)}/>",
    "header pair": lambda key, value: repr((key, value)),
    "header list": lambda key, value: repr([("Accept", "*/*"), (key, value)]),
    "name and value": lambda key, value: json.dumps({"name": key, "value": value}, ensure_ascii=False),
    "flag": lambda key, value: f"tool --{key.replace(' ', '-').replace('_', '-')} {value} --verbose",
    "flag with =": lambda key, value: f"tool --{key.replace(' ', '-').replace('_', '-')}={value}",
    "query": _query,
    "form": lambda key, value: f"user=bob&{key}={value}&x=1",
    "encoded form": lambda key, value: urllib.parse.quote(f"user=bob&{key}={value}&x=1"),
    "go map": lambda key, value: f"map[{key}:[{value}] Accept:[*/*]]",
    "java": lambda key, value: f"User{{name='bob', {key}='{value}', id=7}}",
    "python call": lambda key, value: f"connect(host='db', {key.replace('-', '_').replace(' ', '_')}='{value}')",
    "pem": lambda key, value: f"-----BEGIN RSA PRIVATE KEY-----\n{value * 3}\n-----END RSA PRIVATE KEY-----",
    "userinfo": lambda key, value: f"postgres://{key.encode().hex()[:8]}:{value}@db.internal:5432/app",
}
"""How a key and its value are written, by the name of the notation."""

values = st.builds(
    lambda head, body, digit, tail: head + body + digit + tail,
    st.sampled_from("QWxyz"),
    # One character over and over is no token.
    st.text(ALPHANUMERIC, min_size=10, max_size=30).filter(lambda body: len(set(body)) > 5),
    st.sampled_from(["7q", "4Z8", "0x9"]),
    st.sampled_from(["", "_", "-k", "Q"]),
)
"""Values that look like a token, with nothing that needs escaping."""

awkward_values = st.one_of(
    values,
    st.sampled_from(
        ["hunter2", "4711", "078-05-1120", "737", "4000001234567899", "Alice", "0x1", "****", "None", "[password]"]
    ),
    st.text(ALPHANUMERIC + " \"'\\&<>,;:=[]{}()%+/@#$!?`|~^*\t", min_size=1, max_size=24),
    st.text("пароль密码éß🔑ａｂ１２\u200b\u00ad", min_size=1, max_size=8),
)
"""Values with everything that can go wrong in them."""

markers = st.sampled_from(
    ["[password]", "[token]", "[email:@example.com]", "[api-key:abcdefghijklmnop]", "[jwt", "password]", '"[pin]"']
)

awkward = st.one_of(
    st.text(st.characters(), max_size=12),  # any character, lone surrogates and NUL too
    st.sampled_from(
        [
            "\0",
            "\ud800",
            "\udfff",
            "\x1b[31m",
            "\x1b[0m",
            "\u200b",
            "\ufeff",
            "\\u0070",
            "\x85",
            "\u2028",
            "é",
            "ｐ",
            "💥",
        ]
    ),
    markers,
)

noise = st.one_of(
    awkward,
    st.sampled_from(HARMLESS),
    st.sampled_from(
        [
            "2024-05-01T12:00:00Z INFO",
            "GET /api/v2/orders/98123 200",
            "took 41.7 ms",
            "id=7f1c2e",
            "1700000000",
            "550e8400-e29b-41d4-a716-446655440000",
            "10.0.0.1:8080",
            "bob@example.com",
            "+1 212-555-0142",
            "{",
            "}",
            '"',
            "'",
            "\\",
            '\\"',
            "&",
            ",",
            "=",
            ":",
            "%3D",
            "-----BEGIN PRIVATE KEY-----",
            "<password>",
            "password",
            "token=",
            "Bearer",
        ]
    ),
    st.text("ab01_-.@:=/\"'{}[],;&%\\ \t", max_size=30),
)

separators = st.sampled_from([" ", " ", " ", ", ", "; ", "&", "\t", "", "|", "\n"])

planted = st.builds(
    lambda notation, key, value: (NOTATIONS[notation](key, value), value),
    st.sampled_from(sorted(NOTATIONS)),
    st.sampled_from(KEYS),
    values,
)
"""A piece of a record and the secret in it."""

pieces = st.one_of(
    planted.map(lambda pair: pair[0]),
    st.builds(
        lambda notation, key, value: NOTATIONS[notation](key, value),
        st.sampled_from(sorted(NOTATIONS)),
        st.sampled_from(KEYS + HARMLESS_KEYS),
        awkward_values,
    ),
    st.sampled_from(MATCHING),
    noise,
)


@st.composite
def records(draw: st.DrawFn, most: int = 4) -> str:
    """Texts made of pieces, glued together in the ways logs do it."""
    out = []
    for piece in draw(st.lists(pieces, min_size=1, max_size=most)):
        out += [piece, draw(separators)]
    return "".join(out)


keys = st.sampled_from(KEYS + HARMLESS_KEYS)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**17), 10**17),
    st.floats(allow_nan=False, allow_infinity=False),
    awkward_values,
    st.sampled_from(MATCHING),
    noise,
)
_inner = st.one_of(scalars, scalars, st.deferred(lambda: structures))
structures: st.SearchStrategy[Any] = st.one_of(
    scalars,
    st.lists(_inner, max_size=3),
    st.dictionaries(st.one_of(keys, st.text(max_size=6)), _inner, max_size=3),
    st.tuples(keys, _inner),
)
"""What a log event holds, as JSON has it; tuples too."""
