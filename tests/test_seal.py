"""Sealing: what a marker holds, what is never sealed, and what is refused before there is anything to seal."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path

import pytest

pytest.importorskip("cryptography")

from logscrub import Policy, Scrubber
from logscrub.config import load_config
from logscrub.detect.markers import Markers
from logscrub.errors import ConfigError
from logscrub.model import Match, Severity
from logscrub.redact import Redactor
from logscrub.seal import LONGEST, Audit, Put, Sealer, Unsealer, read_key_file

KEY = b"a seal key for these tests only, of no use"
OTHER = b"another seal key for these tests, of no use"
TOKEN = "ghp_" + "Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4zCc7e"


def match(rule: str, category: str, quote: str = "") -> Match:
    """A match of which only the names count."""
    return Match(rule, category, Severity.HIGH, 0, 1, quote=quote)


def sealed(raw: bytes, rule: str = "password", category: str = "secret.password", quote: str = "") -> bytes:
    """The marker of a value."""
    marker = Sealer(KEY).of(match(rule, category, quote), raw)
    assert marker is not None
    return marker


@cache
def shared() -> Scrubber:
    """A scrubber that seals everything."""
    return scrubber()


def scrubber(**actions: str) -> Scrubber:
    """A scrubber of its own that seals everything but what is named otherwise."""
    return Scrubber(Policy(actions={"default": "seal", **actions}, seal_key=KEY))


def opened(text: str | bytes, *keys: bytes) -> str:
    """The text with its values put back."""
    data = text if isinstance(text, bytes) else text.encode()
    return Unsealer(keys or (KEY,)).feed(data, final=True).decode()


# What a marker is


def test_a_sealed_value_is_a_marker_of_letters_that_opens() -> None:
    marker = sealed(b"hunter2")
    assert re.fullmatch(rb"\[password:sealed:[a-p]{8}:[a-p]{120}\]", marker)
    assert Markers(["password"]).spans(marker) == [(0, len(marker))]
    assert Markers([]).spans(marker) == [(0, len(marker))]  # though the pack of its rule is not there
    assert opened(b"x " + marker + b" y") == "x hunter2 y"


def test_equal_values_look_different() -> None:
    assert len({sealed(b"hunter2") for _ in range(100)}) == 100


def test_the_key_id_is_that_of_the_key_and_no_part_of_it() -> None:
    one, same, other = Sealer(KEY), Sealer(KEY), Sealer(OTHER)
    assert one.key_id == same.key_id != other.key_id
    assert re.fullmatch(rb"[a-p]{8}", one.key_id)


@pytest.mark.parametrize(("length", "letters"), [(1, 120), (7, 120), (30, 120), (31, 184), (62, 184), (LONGEST, 8248)])
def test_a_token_tells_a_length_only_roughly(length: int, letters: int) -> None:
    body = sealed(b"x" * length).rpartition(b":")[2]
    assert len(body) == letters + 1
    assert opened(sealed(b"x" * length)) == "x" * length


@pytest.mark.parametrize("raw", [b"\x80", b"\x00", b"\x80\x00\x00", bytes(range(256)), b"a\xff", "пароль".encode()])
def test_any_bytes_come_back(raw: bytes) -> None:
    assert Unsealer([KEY]).feed(sealed(raw), final=True) == raw


def test_a_token_opens_under_its_own_name_only() -> None:
    moved = sealed(b"hunter2").replace(b"[password:", b"[email:")
    subject = Unsealer([KEY])
    assert subject.feed(moved, final=True) == moved
    assert (subject.changed, subject.unopened, subject.take()) == (1, 1, [])


def test_every_changed_byte_keeps_it_closed() -> None:
    marker = sealed(b"hunter2")
    for place in range(len(marker)):
        for byte in b"b0]:\n":
            if marker[place] != byte:
                changed = marker[:place] + bytes((byte,)) + marker[place + 1 :]
                assert Unsealer([KEY]).feed(changed, final=True) == changed


def test_many_threads_seal_at_once() -> None:
    sealer, wrong = Sealer(KEY), []

    def work(number: int) -> None:
        for turn in range(300):
            raw = b"value %d %d" % (number, turn)
            marker = sealer.of(match("password", "secret.password"), raw)
            if marker is None or opened(marker) != raw.decode():
                wrong.append(raw)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# What is sealed, and what is not


@pytest.mark.parametrize(
    ("rule", "category"), [("cvv", "financial.cvv"), ("track", "financial.track-data"), ("pin", "secret.pin")]
)
def test_what_must_not_be_kept_is_not_sealed(rule: str, category: str) -> None:
    redactor = Redactor({rule: "seal"}, seal_key=KEY)
    assert redactor.marker(match(rule, category), b"737") == b"[" + rule.encode() + b"]"
    assert not redactor.errors


def test_what_must_not_be_kept_is_not_sealed_by_name_either() -> None:
    text = '{"cvv": "737", "pin": 4821, "card_number": "4111111111111111"}'
    clean = json.loads(scrubber(financial="seal", secret="seal").scrub(text))
    assert clean["cvv"] == "[card-verification-code]"
    assert clean["pin"] == "[one-time-code]"
    assert ":sealed:" in clean["card_number"]


def test_a_value_that_is_too_long_gets_a_label() -> None:
    redactor = Redactor({"password": "seal"}, seal_key=KEY)
    subject = match("password", "secret.password")
    assert b":sealed:" in redactor.marker(subject, b"x" * LONGEST)
    assert redactor.marker(subject, b"x" * (LONGEST + 1)) == b"[password]"
    assert not redactor.errors


def test_a_private_key_keeps_its_line_breaks_and_comes_back() -> None:
    body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n" * 20
    text = f"before\n-----BEGIN PRIVATE KEY-----\n{body}-----END PRIVATE KEY-----\nafter\n"
    clean = shared().scrub(text)
    assert "MIIEv" not in clean
    assert clean.count("\n") == text.count("\n")
    assert opened(clean) == text


def test_a_number_in_json_comes_back_as_a_number() -> None:
    text = '{"card_number": 4111111111111111, "body": "{\\"phone_number\\": 2125550142}", "n": 1}'
    clean = shared().scrub(text)
    assert "4111111111111111" not in clean
    assert list(json.loads(clean)) == ["card_number", "body", "n"]
    assert opened(clean) == text


def test_structures_are_sealed() -> None:
    record = {"user": "bob", "password": "hun\nter2", "tries": 3, "token": [TOKEN], "raw": b"password=hunter2"}
    clean = shared().scrub(record)
    assert "hunter2" not in repr(clean) and TOKEN not in repr(clean)
    assert clean["tries"] == 3
    assert shared().scrub(clean) == clean
    assert opened(clean["password"]) == "hun\nter2"


def test_what_is_sealed_stays_as_it_is() -> None:
    marker = sealed(b"hun\nter2") + b"\n"
    assert Redactor({"password": "seal"}, seal_key=KEY).marker(match("password", "secret.password"), marker) == marker


def test_what_was_sealed_within_what_was_sealed_comes_back() -> None:
    inner = sealed(b"bob@example.com", "email", "pii.email")
    outer = sealed(b"beside-" + inner + b"-beside")
    assert opened(outer) == "beside-bob@example.com-beside"
    assert opened(sealed(outer)) == "beside-bob@example.com-beside"


def test_the_other_actions_are_what_they_were() -> None:
    subject = Scrubber(Policy(actions={"secret": "seal", "email": "partial"}, key=b"k" * 16, seal_key=KEY))
    assert subject.scrub("to bob@example.com") == "to [email:@example.com]"


@pytest.mark.parametrize("error", [MemoryError, RuntimeError, ValueError])
def test_what_cannot_be_sealed_gets_a_label_and_is_counted(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(size: int) -> bytes:
        raise error("password=hunter2")

    subject = scrubber()
    monkeypatch.setattr("logscrub.seal.os.urandom", fail)
    assert subject.scrub("login password=hunter2 ok") == "login password=[password] ok"
    assert subject.scrub({"password": "hunter2"}) == {"password": "[password]"}
    assert subject.errors == {error.__name__: 2}
    assert subject.counts["password"] == 2


def test_a_logger_writes_sealed_values_only(tmp_path: Path) -> None:
    program = f"""
import logging, logscrub
logscrub.install(policy=logscrub.Policy(actions={{"secret": "seal"}}, seal_key={KEY!r}))
logging.basicConfig(filename="app.log")
logging.warning("login password=%s", "violet-harbour")
try:
    raise ValueError("token={TOKEN}")
except ValueError:
    logging.exception("failed")
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "app.log").read_text()
    assert "violet-harbour" not in text and TOKEN not in text
    assert "login password=violet-harbour" in opened(text)
    assert f"token={TOKEN}" in opened(text)


# Opening a stream


def test_markers_that_come_in_pieces_are_opened() -> None:
    text = b'a "' + sealed(b"4821", quote='"') + b'" b ' + sealed(b"x\ny\nz") + b"\n\n c [password:seal"
    for size in (1, 2, 7, 50):
        subject = Unsealer([KEY])
        pieces = [subject.feed(text[at : at + size]) for at in range(0, len(text), size)]
        assert b"".join(pieces) + subject.feed(b"", final=True) == b"a 4821 b x\ny\nz c [password:seal"
        assert (subject.opened["password"], subject.unopened) == (2, 0)
        assert [one.rule for one in subject.take()] == ["password"] * 2


def test_a_whole_line_is_passed_on_at_once() -> None:
    subject = Unsealer([KEY])
    assert subject.feed(b"[info] password=" + sealed(b"hunter2") + b"\n") == b"[info] password=hunter2\n"


def test_rules_that_are_not_asked_for_stay_closed() -> None:
    text = sealed(b"hunter2") + sealed(b"bob@example.com", "email", "pii.email")
    subject = Unsealer([KEY], ["email"])
    assert subject.feed(text, final=True) == sealed_part(text) + b"bob@example.com"
    assert subject.unopened == 0


def sealed_part(text: bytes) -> bytes:
    """The first marker."""
    return text[: text.index(b"]") + 1]


def test_it_is_told_which_key_is_missing() -> None:
    subject = Unsealer([OTHER])
    marker = sealed(b"hunter2")
    assert subject.feed(marker, final=True) == marker
    assert subject.other_keys == {Sealer(KEY).key_id.decode(): 1}
    assert opened(marker, OTHER, KEY) == "hunter2"


def test_hostile_text_is_held_in_bounds() -> None:
    subject = Unsealer([KEY])
    begun = b"[password:sealed:abcdefgh:"
    for _ in range(50):
        subject.feed(begun + b"a" * 20_000)
        assert len(subject._held) < 10_000
    subject.feed(b"[" * 1_000_000)
    subject.feed(b'"' * 1_000_000)
    subject.feed(b"[a:sealed:" * 100_000)
    assert len(subject._held) < 10_000
    for number in range(10_000):
        key_id = bytes(b"abcdefghijklmnop"[int(digit, 16)] for digit in f"{number:08x}")
        subject.feed(sealed(b"x").replace(Sealer(KEY).key_id, key_id))
    assert len(subject.other_keys) < 12


# What is refused, and when


@pytest.mark.parametrize("key", [b"", b"short", b"x" * 31])
def test_a_short_key_is_refused_and_not_shown(key: bytes) -> None:
    for make in (lambda: Policy(seal_key=key), lambda: Sealer(key), lambda: Unsealer([key])):
        with pytest.raises(ConfigError, match="the seal key must have at least 32 bytes; make one with") as raised:
            make()
        assert "short" not in str(raised.value).replace("shortest", "")


def test_sealing_without_a_key_is_refused_at_once() -> None:
    with pytest.raises(ConfigError, match=r"the action 'seal' needs a seal key \(seal_key, seal-key-file\); make one"):
        Policy(actions={"secret": "seal"})


def test_a_pack_that_seals_needs_a_key_at_once(tmp_path: Path) -> None:
    (tmp_path / "pack.toml").write_text(
        '[[rule]]\nid = "acme-key"\ntitle = "Acme key"\ncategory = "secret.token"\nseverity = "high"\n'
        "regex = '(?<![a-z0-9_])acme_[a-z0-9]{20}(?![a-z0-9])'\naction = \"seal\"\n"
        'examples = ["acme_ab12cd34ef56gh78ij90"]\ncounterexamples = ["acme_short"]\n'
    )
    packs = (str(tmp_path / "pack.toml"),)
    with pytest.raises(ConfigError, match="needs a seal key"):
        Scrubber(Policy(select=("acme-key",), packs=packs))
    clean = Scrubber(Policy(select=("acme-key",), packs=packs, seal_key=KEY)).scrub("key acme_ab12cd34ef56gh78ij90 end")
    assert clean.startswith("key [acme-key:sealed:")
    assert shared().find(clean) == []


def test_the_key_is_not_shown() -> None:
    policy = Policy(actions={"secret": "seal"}, seal_key=KEY)
    assert "seal key for these" not in repr(policy) + repr(Scrubber(policy)) + repr(vars(Sealer(KEY)))


def test_without_the_extra_it_is_said_which(tmp_path: Path) -> None:
    program = """
import sys
sys.modules["cryptography"] = None
from logscrub import Policy, Scrubber
from logscrub.errors import ConfigError
Policy(seal_key=b"k" * 40)  # a key alone needs nothing
assert Scrubber().scrub("password=hunter2") == "password=[password]"
try:
    Policy(actions={"secret": "seal"}, seal_key=b"k" * 40)
except ConfigError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("the action 'seal' needs an extra: pip install 'logscrub[seal]'\n", "")


def test_who_does_not_seal_does_not_load_it() -> None:
    program = "import sys, logscrub; logscrub.Scrubber().scrub('password=x1y2z3'); print('cryptography' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "False\n", done.stderr


# Keys in files and the environment


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory, and no keys in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("LOGSCRUB_KEY", "LOGSCRUB_SEAL_KEY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def key_file(mode: int = 0o600, content: bytes = KEY + b"\n") -> Path:
    """A file with a key."""
    path = Path("seal.key")
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_a_key_from_a_file(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key_file()
    Path("logscrub.toml").write_text('seal-key-file = "seal.key"\nactions = {secret = "seal"}\n')
    assert load_config().policy.seal_key == KEY
    monkeypatch.setenv("LOGSCRUB_SEAL_KEY", OTHER.decode())
    assert load_config().policy.seal_key == KEY
    assert load_config(isolated=True).policy.seal_key == OTHER


@pytest.mark.skipif(os.name == "nt", reason="modes")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_may_read_is_refused(place: Path, mode: int) -> None:
    key_file(mode)
    Path("logscrub.toml").write_text('seal-key-file = "seal.key"\n')
    with pytest.raises(ConfigError, match=r"seal-key-file: seal.key: others may read it: chmod 600 seal.key"):
        load_config("logscrub.toml")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("gone", "cannot be read: No such file"),
        (".", "is not a regular file|cannot be read"),
        ("big", "is larger than"),
    ],
)
def test_a_key_file_that_is_none_is_refused(place: Path, name: str, problem: str) -> None:
    Path("big").write_bytes(b"k" * 5000)
    Path("big").chmod(0o600)
    with pytest.raises(ConfigError, match=problem):
        read_key_file(name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_a_pipe_is_not_waited_for(place: Path) -> None:
    os.mkfifo("pipe", 0o600)
    with pytest.raises(ConfigError, match="is not a regular file"):
        read_key_file("pipe")


def test_a_short_key_in_the_environment_is_named(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGSCRUB_SEAL_KEY", "hunter2")
    with pytest.raises(ConfigError, match="LOGSCRUB_SEAL_KEY: the seal key must have at least 32 bytes") as raised:
        load_config()
    assert "hunter2" not in str(raised.value)


# The audit file


def test_the_audit_file_is_its_owners_and_is_added_to(place: Path) -> None:
    Path("audit.jsonl").write_bytes(b'{"cut off": ')
    Path("audit.jsonl").chmod(0o600)
    for _ in range(2):
        audit = Audit("audit.jsonl", reason=" case\n7 ", source="app.log", keys=["abcdefgh"])
        audit.begin()
        audit.opened([Put("password", "abcdefgh", "0" * 64)] * 1201)
        audit.opened([])
        audit.end(Unsealer([KEY]))
        audit.close()
    first, *lines = Path("audit.jsonl").read_text().splitlines()
    assert first == '{"cut off": '
    entries = [json.loads(line) for line in lines]
    assert [one["event"] for one in entries] == ["begin", "open", "open", "open", "end"] * 2
    assert [one["rules"] for one in entries[1:4]] == [{"password": 500}, {"password": 500}, {"password": 201}]
    assert {one["reason"] for one in entries} == {"case\n7"}
    assert len({one["run"] for one in entries}) == 2
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", one["time"]) for one in entries)


@pytest.mark.skipif(os.name == "nt", reason="modes")
def test_an_audit_file_that_others_reach_is_refused(place: Path) -> None:
    def make(path: str) -> None:
        Audit(path, reason="r", source="-", keys=[])

    Path("open").touch(0o644)
    Path("open").chmod(0o644)
    Path("link").symlink_to("elsewhere")
    for path, problem in (
        ("open", "chmod 600 open"),
        ("/dev/null", "not a regular file|somebody else"),
        ("link", "link: cannot be written"),
    ):
        with pytest.raises((ConfigError, OSError), match=problem):
            make(path)
    assert not Path("elsewhere").exists()
    make("new")
    assert Path("new").stat().st_mode & 0o777 == 0o600
