"""A stand-in shows what redaction leaves, only when it is formatted, and never fails."""

from __future__ import annotations

import collections
import copy
import dataclasses
import gc
import io
import json
import logging
import pickle
import threading
import types
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

import logscrub
from logscrub.masking import Mask, MaskedMapping, field_of
from logscrub.policy import Policy

RAW = "hunter2-correct-horse"
FORMATS = ["%s", "%r", "%a", "%d", "%i", "%5d", "%x", "%o", "%f", "%e", "%g", "%.2f", "%c", "%10s", "%-10s", "%.3s"]
SPECS = [
    "",
    "s",
    "d",
    ">40",
    "<40",
    "^40",
    "*^40",
    "05d",
    ",.2f",
    "x",
    "#x",
    "%Y-%m-%d",
    "+",
    "=+9",
    ".3",
    "!!",
    "e",
    "n",
]


@dataclasses.dataclass
class Login:
    user: str
    password: str
    tries: int = 3


class Plain:
    def __init__(self) -> None:
        self.user = "bob"
        self.password = RAW

    def __repr__(self) -> str:
        return f"<Plain of {self.user} with {self.password}>"


class Slotted:
    __slots__ = ("api_key", "inner")

    def __init__(self) -> None:
        self.api_key = RAW
        self.inner = Bare.__name__

    def __str__(self) -> str:
        return f"slotted {self.api_key!r}"


class Broken:
    def __str__(self) -> str:
        raise ValueError(RAW)

    __repr__ = __str__


class Bare:
    def __init__(self) -> None:
        self.password = RAW


Pair = collections.namedtuple("Pair", "user password")  # noqa: PYI024

VALUES = [
    RAW, RAW.encode(), bytearray(RAW.encode()), "", b"", None, True, 0, 12345678, 1.5, 10**400, float("inf"), float("nan"), {"password": RAW, "a": 1}, [("password", RAW)], (RAW,), {RAW},
    Login("bob", RAW), Plain(), Slotted(), Broken(), Bare(), Pair("bob", RAW), types.MappingProxyType({"password": RAW}), {"deep": [{"x": {"token": RAW}}]},
    collections.OrderedDict(password=RAW), collections.ChainMap({"password": RAW}), iter([RAW]), (x for x in [RAW]), Plain, RAW.upper, "\ud800", object(),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("template", FORMATS)
def test_every_conversion(value: object, template: str) -> None:
    """No conversion raises, and under a sensitive name none shows the value."""
    text = template % (logscrub.mask(value, "password"),)
    assert "hunter2" not in text.lower()
    if template != "%c" or not isinstance(value, int):  # then no more than the number itself would
        assert template % (logscrub.mask(value),) is not None


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("spec", SPECS)
def test_every_format(value: object, spec: str) -> None:
    """No format specification raises, and under a sensitive name none shows the value."""
    assert "hunter2" not in format(logscrub.mask(value, "password"), spec).lower()
    assert isinstance(format(logscrub.mask(value), spec), str)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"user": "bob", "password": RAW, "tries": 3}, "{'user': 'bob', 'password': '[password]', 'tries': 3}"),
        ([{"user": "bob", "password": RAW}], "[{'user': 'bob', 'password': '[password]'}]"),
        ({"X-Auth-Token": "gAAAAABkQ3x", "Accept": "*/*"}, "{'X-Auth-Token': '[token]', 'Accept': '*/*'}"),
        (Login("bob", RAW), "Login(user='bob', password='[password]', tries=3)"),
        (Plain(), "<Plain of bob with [password]>"),
        ([Plain()], "[<Plain of bob with [password]>]"),
        (Slotted(), "slotted '[api-key]'"),
        (Pair("bob", RAW), "Pair(user='bob', password='[password]')"),
        ("login bob password=hunter2-x", "login bob password=[password]"),
        ("https://bob:s3cr3t-Pa55@shop.example/x", "https://bob:[url-userinfo-password]@shop.example/x"),
        (b"password=hunter2-x", "b'password=[password]'"),
        ("plain words", "plain words"),
        (42, "42"),
        (None, "None"),
    ],
)
def test_shown(value: object, shown: str) -> None:
    """Of a structure, an object or a text, what is sensitive is hidden and the rest stays readable."""
    assert str(logscrub.mask(value)) == shown
    assert f"{logscrub.mask(value)!s}" == shown


@pytest.mark.parametrize(
    ("value", "name", "shown"),
    [
        (RAW, "password", "[password]"),
        ("x", "password", "[password]"),
        ("changeme", "password", "[password]"),
        (1234, "password", "[password]"),
        (b"x", "password", "[password]"),
        ("[password]", "password", "[password]"),
        ("Bearer 9f6372d0dc189a222520aaade146d07c", "authorization", "Bearer [authorization]"),
        ([RAW, "x"], "passwords", "['[password]', '[password]']"),
        ({"a": "x", "b": None}, "password", "{'a': '[password]', 'b': None}"),
        (Plain(), "password", "[password]"),
        (None, "password", "None"),
        ("", "password", ""),
        (False, "password", "False"),
        ("bob", "shoe", "bob"),
        ("12", "password_length", "12"),
    ],
)
def test_named(value: object, name: str, shown: str) -> None:
    """Under a sensitive name all of a value is hidden, however it looks; that there is none is shown."""
    assert str(logscrub.mask(value, name)) == shown


def test_nothing_until_formatted() -> None:
    """A level that is off formats nothing, and a value is not looked at before."""

    class Loud:
        def __str__(self) -> str:
            raise AssertionError("looked at")

        __repr__ = __str__

    log = logging.Logger("off", logging.INFO)
    log.debug("%s", logscrub.mask(Loud()))


def test_let_go() -> None:
    """The value is let go once it was formatted; what is shown stays the same."""
    value = Plain()
    gone = weakref.ref(value)
    stand_in = logscrub.mask(value)
    assert str(stand_in) == str(stand_in)
    del value
    gc.collect()
    assert gone() is None
    secret = Plain()
    gone = weakref.ref(secret)
    stand_in = logscrub.mask(secret, "password")
    del secret
    assert str(stand_in) == "[password]"
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize(
    "value",
    [RAW, {"password": RAW}, [RAW], Plain(), lambda: RAW, threading.Lock()],
    ids=lambda value: type(value).__name__,
)
def test_copies(value: object) -> None:
    """Pickled or copied it is its text, even where the value could not be pickled."""
    stand_in = logscrub.mask(value, "password")
    data = pickle.dumps(stand_in)
    assert b"hunter2" not in data
    for twin in (pickle.loads(data), copy.copy(stand_in), copy.deepcopy(stand_in)):
        assert (str(twin), repr(twin)) == (str(stand_in), repr(stand_in))


def test_json() -> None:
    """As JSON it is its text."""
    assert json.dumps({"p": logscrub.mask(RAW, "password")}, default=str) == '{"p": "[password]"}'


def test_structlog() -> None:
    """structlog's own JSON shows the text without a second pair of quotes."""
    structlog = pytest.importorskip("structlog")
    event = {"event": "x", "p": logscrub.mask(RAW, "password"), **logscrub.mask({"token": RAW})}
    assert json.loads(structlog.processors.JSONRenderer()(None, "info", event)) == {
        "event": "x",
        "p": "[password]",
        "token": "[token]",
    }


def test_mapping() -> None:
    """The stand-in of a mapping is one: for named templates, ``**`` and lookups."""
    stand_in = logscrub.mask({"user": "bob", "password": RAW, "who": Plain()})
    assert isinstance(stand_in, MaskedMapping)
    assert "%(user)s %(password)s %(who)s" % stand_in == "bob [password] <Plain of bob with [password]>"  # noqa: UP031
    assert "{user} {password} {who}".format(**stand_in) == "bob [password] <Plain of bob with [password]>"
    assert "{0[user]} {0[password]}".format(stand_in) == "bob [password]"  # noqa: UP032
    assert (len(stand_in), list(stand_in)) == (3, ["user", "password", "who"])
    with pytest.raises(KeyError):
        stand_in["nothing"]


def test_logging_takes_the_mapping() -> None:
    """Logging takes a single mapping for the arguments of the template, and so it does with its stand-in."""
    stream = io.StringIO()
    log = logging.Logger("x")
    log.addHandler(logging.StreamHandler(stream))
    log.info("%(user)s %(password)s", logscrub.mask({"user": "bob", "password": RAW}))
    log.info("%s", logscrub.mask({"user": "bob", "password": RAW}))
    log.info("%s", logscrub.mask({}))
    assert stream.getvalue() == "bob [password]\n{'user': 'bob', 'password': '[password]'}\n{}\n"


def test_a_mapping_that_fails() -> None:
    """Where a mapping cannot be read, every key shows the marker."""

    class Bad(collections.UserDict):
        def items(self):
            raise ValueError(RAW)

    stand_in = logscrub.mask(Bad(password=RAW))
    assert "%(password)s" % stand_in == str(stand_in) == "[logscrub: not shown (ValueError)]"  # noqa: UP031


def test_fails_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever fails, a marker is shown."""
    monkeypatch.setattr("logscrub.masking._current_scrubber", lambda: 1 / 0)
    stand_in = logscrub.mask(RAW, "password")
    assert (str(stand_in), int(stand_in)) == ("[logscrub: not shown (ZeroDivisionError)]", 0)


def test_circular() -> None:
    """A structure that holds itself ends."""
    loop: dict = {"password": RAW}
    loop["self"] = loop
    assert "hunter2" not in str(logscrub.mask(loop))
    assert "hunter2" not in str(logscrub.mask(loop, "password"))


def test_numbers() -> None:
    """A number that is not hidden is formatted as one; a hidden one is 0."""
    assert "%05d %.1f" % (logscrub.mask(42), logscrub.mask(2.5)) == "00042 2.5"  # noqa: UP031
    assert f"{logscrub.mask(42):05d}" == "00042"
    assert "%d" % logscrub.mask(123456, "password") == "0"  # noqa: UP031
    assert f"{logscrub.mask(123456, 'password'):>12,.2f}|" == "  [password]|"


def test_the_policy_that_is_installed() -> None:
    """The actions are those of the installation: a token can be correlated."""
    policy = Policy(actions={"secret": "token", "email": "token"}, key=b"0123456789abcdef", select=("default", "email"))
    with logscrub.install(policy) as installation:
        one, two, other = (str(logscrub.mask(value, "api_key")) for value in (RAW, RAW, "x" + RAW))
        assert one == two != other
        assert one.startswith("[api-key:")
        assert installation.scrubber.scrub(f"api_key={RAW}") == f"api_key={one}"
    assert str(logscrub.mask(RAW, "api_key")) == "[api-key]"


def test_installed_filter_leaves_it() -> None:
    """What a stand-in shows is left as it is by the filter."""
    stream = io.StringIO()
    log = logging.Logger("x")
    log.addHandler(logging.StreamHandler(stream))
    with logscrub.install():
        log.info("password=%s %s", logscrub.mask(RAW, "password"), logscrub.mask({"password": RAW}))
    assert stream.getvalue() == "password=[password] {'password': '[password]'}\n"


def test_a_field_the_policy_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mask is asked for by name: it hides even what the policy does not look for."""
    with logscrub.install(Policy(select=("pii.email",))):
        assert str(logscrub.mask(RAW, "password")) == "[password]"


def test_threads() -> None:
    """Any number of threads may format the same stand-in."""
    for _ in range(50):
        stand_in = logscrub.mask({"password": RAW})
        seen: list[str] = []
        threads = [threading.Thread(target=lambda: seen.append(str(stand_in))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(seen) == {"{'password': '[password]'}"}


@given(
    st.recursive(
        st.text() | st.binary() | st.integers() | st.floats() | st.none(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
        max_leaves=8,
    ),
    st.sampled_from(["", "password", "x"]),
    st.text(max_size=8),
)
def test_never_raises(value: object, name: str, spec: str) -> None:
    """Whatever the value, the name and the format."""
    stand_in = logscrub.mask(value, name)
    assert isinstance(f"{stand_in} {stand_in!r} {stand_in!a}", str)
    assert isinstance(format(stand_in, spec), str)
    assert isinstance("%d %f %x" % (stand_in, stand_in, stand_in), str)  # noqa: UP031


def test_field_of() -> None:
    """The field of a name, whatever the policy."""
    assert (field_of("db_password"), field_of("password_length")) == ("password", "")


def test_types() -> None:
    """A stand-in is no string and no number."""
    assert type(logscrub.mask(RAW)) is Mask
    assert not isinstance(logscrub.mask(RAW), (str, int))
