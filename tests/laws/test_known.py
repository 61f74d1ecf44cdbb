"""Known values: none of their forms survives, whatever stands around them, and laws 1, 2 and 4 hold for them."""

from __future__ import annotations

import base64
import json
import random
import re
import threading
import urllib.parse
from collections.abc import Callable
from xml.sax.saxutils import escape, quoteattr

from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import ALPHANUMERIC, budget, noise

from logscrub import Policy
from logscrub.detect import Detector
from logscrub.known.forms import STANDS_ALONE, forms
from logscrub.known.guard import refused
from logscrub.known.registry import Registry
from logscrub.redact import Redactor

_RULES = Policy(select=("default",)).rules()

FORMS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "quote": urllib.parse.quote,
    "quote plus": lambda v: urllib.parse.quote_plus(v, safe=""),
    "quote, lower case": lambda v: re.sub("%..", lambda one: one[0].lower(), urllib.parse.quote(v, safe="")),
    "json": lambda v: json.dumps(v)[1:-1],
    "json, UTF-8": lambda v: json.dumps(v, ensure_ascii=False)[1:-1],
    "json, slashes": lambda v: json.dumps(v)[1:-1].replace("/", "\\/"),
    "json in json": lambda v: json.dumps(json.dumps(v))[3:-3],
    "repr": lambda v: repr(v)[1:-1],
    "ascii": lambda v: ascii(v)[1:-1],
    "xml": escape,
    "attribute": lambda v: quoteattr(v)[1:-1],
    "hex": lambda v: v.encode().hex(),
    "HEX": lambda v: v.encode().hex().upper(),
    "base64": lambda v: base64.b64encode(v.encode()).decode(),
    "base64 + 1": lambda v: base64.b64encode(b":" + v.encode()).decode(),
    "base64 + 2": lambda v: base64.urlsafe_b64encode(b"a:" + v.encode()).decode().rstrip("="),
    "base64 + 3": lambda v: base64.b64encode(b"ab:" + v.encode() + b"/").decode(),
    "colours": lambda v: v[:4] + "\x1b[1;31m" + v[4:] + "\x1b[0m",
}
"""How a value is written."""

values = st.one_of(
    st.text(ALPHANUMERIC, min_size=8, max_size=40),
    st.text(ALPHANUMERIC + " \"'\\&<>,;:=[]{}()%+/@#$!?`|~^*-_.\t", min_size=8, max_size=40),
    st.text("пароль密码éß🔑abcXYZ019 /+&", min_size=8, max_size=20),
).map(str.strip)


@budget(150)
@given(values, st.sampled_from(sorted(FORMS)), st.lists(noise, min_size=2, max_size=2), st.booleans())
def test_no_form_survives(value: str, form: str, around: list[str], close: bool) -> None:
    assume(not refused(value.encode()) and not value.endswith("\\"))
    written = FORMS[form](value)
    # A short one counts only where it stands by itself.
    gap = "" if close and len(value.encode()) >= STANDS_ALONE else " "
    text = f"{around[0]}{gap}{written}{gap}{around[1]}".encode("utf-8", "surrogatepass")
    known = Registry()
    known.add({value.encode(): "V"})
    detector = _detector(known)
    matches = detector.find_bytes(text)
    scrubbed = Redactor().settle(text, matches, detector.find_bytes)
    raw = written.encode("utf-8", "surrogatepass")
    assert raw not in scrubbed, (value, form)
    assert detector.find_bytes(scrubbed) == [], (value, form)


_shared = Detector(_RULES)


def _detector(known: Registry) -> Detector:
    """The shared detector with other known values: making one takes too long for every example."""
    _shared.known = known
    return _shared


@budget(100)
@given(st.lists(values, min_size=1, max_size=6), st.lists(noise, max_size=6), st.randoms(use_true_random=False))
def test_lines_are_found_as_the_whole_is(known_values: list[str], others: list[str], chance: random.Random) -> None:
    """Law 4: no known value but one of several lines reaches over a line break."""
    known = Registry()
    known.add({one.encode(): "V" for one in known_values if not refused(one.encode())})
    lines = [" ".join(one.splitlines()) for one in (*known_values, *others)]
    chance.shuffle(lines)
    data = [line.encode("utf-8", "surrogatepass") for line in lines]
    apart, offset = [], 0
    for line in data:
        apart += [(offset + match.start, offset + match.end) for match in known.find(line)]
        offset += len(line) + 1
    assert [(match.start, match.end) for match in known.find(b"\n".join(data))] == apart


@budget(25)
@given(st.lists(values, min_size=4, max_size=12, unique=True), st.randoms(use_true_random=False))
def test_a_value_is_covered_when_adding_it_returns(some: list[str], chance: random.Random) -> None:
    """Adding and forgetting from several threads, each value is found from the one to the other."""
    known = Registry()
    usable = [one.encode() for one in some if not refused(one.encode())]
    wrong: list[str] = []

    def work(mine: list[bytes]) -> None:
        for value in mine:
            known.add({value: "V"})
            if not known.find(b"( " + value + b" )"):
                wrong.append("added and not found")

    threads = [threading.Thread(target=work, args=(usable[index::3],)) for index in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    chance.shuffle(usable)
    for value in usable:
        known.remove(values=[value])
    assert known.tiers == ()


@budget(25)
@given(values)
def test_every_form_is_behind_its_literals(value: str) -> None:
    """What confirms a form never matches where none of its literals stands."""
    assume(not refused(value.encode()))
    for write in FORMS.values():
        data = write(value).encode("utf-8", "surrogatepass")
        for form in forms(value.encode()):
            text = data.lower() if form.caseless else data
            if form.pattern.search(data):
                assert any(literal in text for literal, _ in form.literals)
