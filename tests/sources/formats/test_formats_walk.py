"""From an offset in JSON to its path, held to a parser."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from logscrub.sources.formats.walk import LEVEL, MESSAGE, Walk, gather, path_text, unescaped

keys = st.text(min_size=1, max_size=12)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=20
)


def planted(value: Any, path: tuple[str | int, ...], out: dict[str, tuple[str | int, ...]]) -> Any:
    """Replace every scalar by a text of its own, and note where each is."""
    if isinstance(value, dict):
        return {key: planted(inner, (*path, key), out) for key, inner in value.items()}
    if isinstance(value, list):
        return [planted(inner, (*path, place), out) for place, inner in enumerate(value)]
    name = f"<{len(out)}>"
    out[name] = path
    return name + (value if isinstance(value, str) else "")


def text_of(path: tuple[str | int, ...]) -> str:
    return path_text([name if isinstance(name, int) else json.dumps(name).encode()[1:-1] for name in path])


@given(
    st.dictionaries(keys, values, max_size=5) | st.lists(values, max_size=5), st.sampled_from([None, 1]), st.booleans()
)
@settings(max_examples=300)
def test_the_path_leads_to_the_value(value: Any, indent: int | None, ascii_only: bool) -> None:
    places: dict[str, tuple[str | int, ...]] = {}
    text = json.dumps(planted(value, (), places), indent=indent, ensure_ascii=ascii_only).encode(
        "utf-8", "surrogatepass"
    )
    forward = Walk(text, 0, len(text))
    for name in sorted(places, key=lambda name: text.index(name.encode())):
        at = text.index(name.encode())
        assert forward.to(at) == Walk(text, 0, len(text)).to(at) == text_of(places[name])
        assert Walk(text, 0, len(text)).to(at - 1) == text_of(places[name])  # the quote before it


def test_numbers_and_containers_have_paths() -> None:
    text = b'{"a": 12, "b": [1, 23, {"c": true}], "d": {}, "e": "x"}'
    for needle, path in (
        (b"12", "$.a"),
        (b"23", "$.b[1]"),
        (b"true", "$.b[2].c"),
        (b"{}", "$.d"),
        (b"[1", "$.b"),
        (b'"x', "$.e"),
    ):
        assert Walk(text, 0, len(text)).to(text.index(needle)) == path


def test_long_keys_and_paths_are_cut() -> None:
    text = json.dumps({"k" * 100: "x"}).encode()
    assert Walk(text, 0, len(text)).to(text.index(b"x")) == "$['" + "k" * 39 + "…']"
    deep: Any = "x"
    for _ in range(60):
        deep = {"key": deep}
    text = json.dumps(deep).encode()
    path = Walk(text, 0, len(text)).to(text.index(b'"x"'))
    assert path is not None and len(path) == 120 and path.endswith("…")


def test_a_key_inside_a_thing_is_no_word_of_the_record() -> None:
    text = b'{"user": {"level": "gold"}, "items": [{"level": "x"}], "level": "info", "message": ""}'
    found = gather(text, 0, len(text))
    assert found[LEVEL] == b"info"
    assert not found[MESSAGE]


@given(st.text())
def test_escapes_are_undone(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    assert unescaped(json.dumps(text).encode()[1:-1]).decode() == text
    assert unescaped(json.dumps(text, ensure_ascii=False).encode()[1:-1]).decode() == text


@given(st.binary(max_size=200))
def test_any_bytes_are_walked(text: bytes) -> None:
    for at in range(0, len(text), 7):
        Walk(text, 0, len(text)).to(at)
    gather(text, 0, len(text))
    unescaped(text)
