"""The gate in threads, in children, inside itself, and with a cache that is not what it should be."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from logscrub import Scrubber, cache
from logscrub.detect import Detector, gate
from logscrub.detect.context import context_gates
from logscrub.detect.gate import EmptyGate, HyperscanGate, ReferenceGate
from logscrub.detect.keygate import key_gates
from logscrub.rules import builtin_rules
from logscrub.rules.rule import Grammar, RuleSet
from logscrub.rules.shape import analyse, following

EXPRESSIONS = [(0, "ghp_[0-9A-Za-z]{4}"), (1, "[0-9]{3}-[0-9]{2}"), (1, "[0-9]{2}/[0-9]{2}")]
DATA = b"ghp_0123 and 123-45 and 12/34"
HITS = [(0, 8), (1, 19), (1, 29)]

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX modes and signals")


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache for one test."""
    place = tmp_path / "cache"
    monkeypatch.setenv("LOGSCRUB_CACHE_DIR", str(place))
    return place


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each time a database is compiled rather than loaded."""
    times: list[int] = []
    original: Callable[..., Any] = gate._compile

    def compile_and_count(*arguments: Any) -> Any:
        times.append(1)
        return original(*arguments)

    monkeypatch.setattr(gate, "_compile", compile_and_count)
    return times


def _only_file(place: Path) -> Path:
    (file,) = place.iterdir()
    return file


def test_hits() -> None:
    """Every place is reported with the number of what matches there."""
    assert sorted(HyperscanGate(EXPRESSIONS).scan(DATA)) == HITS
    assert HyperscanGate(EXPRESSIONS).scan(b"") == []
    assert EmptyGate().scan(DATA) == []


def test_the_reference_agrees() -> None:
    """The slow gate reports the same, where it is asked to look at all."""
    assert sorted(ReferenceGate(EXPRESSIONS, always=0).scan(DATA)) == HITS


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        (b"plate AB123", True),
        (b"numberPlate: 123456 x", True),
        (b"template 12", False),
        (b"plate number one 123", False),
        (b"plate\n123", False),
        (b"123 plate", False),
    ],
)
def test_a_context_word_counts_before_a_value(text: bytes, hit: bool) -> None:
    """A rule that needs context is reported where its word stands near enough before what may be its value."""
    values = following("(?<![0-9])[A-Z]{0,2}[0-9]{3,6}")
    gates = [(0, one) for one in context_gates(["plate"], 9, values)]
    assert bool(HyperscanGate(gates).scan(text)) is hit
    assert bool(ReferenceGate(gates, always=0).scan(text)) is hit


def test_records_begin_and_end_where_lines_do() -> None:
    """What is written for the ends of a record holds for each line of a block."""
    gates = analyse(r"(?:\A|[^0-9\n])[0-9]{3}(?:[^0-9\n]|\Z)").gates
    scan = HyperscanGate([(0, one) for one in gates]).scan
    assert [bool(scan(text)) for text in (b"123", b"a\n123\nb", b"x123\r\ny", b"1234", b"a\n1234\nb")] == [
        True,
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        (b"token=1", True),
        (b"tokenValue=1", True),
        (b"token_2=1", True),
        (b"TOKENS: 1", True),
        (b"tokenizer=1", False),
        (b"Tokenize: 1", False),
    ],
)
def test_a_small_letter_makes_another_word(text: bytes, hit: bool) -> None:
    """Key names are reported where their words may be those of the lexicon."""
    fields = [field for field in builtin_rules().fields if "token" in field.words]
    assert bool(HyperscanGate([(0, one) for one in key_gates(fields)]).scan(text)) is hit


def test_loaded_from_the_cache(own_cache: Path, compiled: list[int]) -> None:
    """A second gate of the same expressions is loaded, not compiled; one of other expressions is not confused with it."""
    HyperscanGate(EXPRESSIONS)
    assert sorted(HyperscanGate(EXPRESSIONS).scan(DATA)) == HITS
    assert len(compiled) == 1
    assert HyperscanGate([(0, "and")]).scan(DATA) == [(0, 12), (0, 23)]
    assert len(compiled) == 2


@posix
def test_the_cache_is_the_owners(own_cache: Path) -> None:
    """Nobody else can read or write the cache."""
    HyperscanGate(EXPRESSIONS)
    assert stat.S_IMODE(own_cache.stat().st_mode) == 0o700
    assert stat.S_IMODE(_only_file(own_cache).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: data[:20], id="shorter than its digest"),
        pytest.param(lambda data: data[:-1], id="cut"),
        pytest.param(lambda data: data[:100] + bytes([data[100] ^ 1]) + data[101:], id="one bit"),
        pytest.param(lambda data: os.urandom(len(data)), id="noise"),
    ],
)
def test_a_damaged_cache_is_compiled_again(
    own_cache: Path, compiled: list[int], damage: Callable[[bytes], bytes]
) -> None:
    """A file that is not what was written is not used, and is made anew."""
    HyperscanGate(EXPRESSIONS)
    file = _only_file(own_cache)
    file.write_bytes(damage(file.read_bytes()))
    assert sorted(HyperscanGate(EXPRESSIONS).scan(DATA)) == HITS
    assert len(compiled) == 2
    HyperscanGate(EXPRESSIONS)
    assert len(compiled) == 2


@pytest.mark.parametrize("content", [b"", b"not a database", b"\0" * 5000])
def test_a_foreign_database_is_compiled_again(own_cache: Path, compiled: list[int], content: bytes) -> None:
    """A file with the right digest that the engine does not take is compiled again."""
    HyperscanGate(EXPRESSIONS)
    assert cache.write(_only_file(own_cache).name, content)
    assert sorted(HyperscanGate(EXPRESSIONS).scan(DATA)) == HITS
    assert len(compiled) == 2


@posix
def test_a_file_others_can_write_is_not_used(own_cache: Path, compiled: list[int]) -> None:
    """What somebody else may have written is not loaded into the process."""
    HyperscanGate(EXPRESSIONS)
    _only_file(own_cache).chmod(0o666)
    HyperscanGate(EXPRESSIONS)
    assert len(compiled) == 2


@posix
def test_a_directory_others_can_write_is_not_used(own_cache: Path, compiled: list[int]) -> None:
    """Nor is anything in a directory where somebody else may put files; nothing is written there either."""
    own_cache.mkdir(mode=0o700)
    own_cache.chmod(0o777)
    HyperscanGate(EXPRESSIONS)
    assert sorted(HyperscanGate(EXPRESSIONS).scan(DATA)) == HITS
    assert len(compiled) == 2
    assert list(own_cache.iterdir()) == []


@posix
def test_a_symlink_is_refused(own_cache: Path, compiled: list[int], tmp_path: Path) -> None:
    """A link in the place of the file is not followed, even to a good file."""
    HyperscanGate(EXPRESSIONS)
    file = _only_file(own_cache)
    elsewhere = tmp_path / "elsewhere"
    shutil.copy2(file, elsewhere)
    file.unlink()
    file.symlink_to(elsewhere)
    HyperscanGate(EXPRESSIONS)
    assert len(compiled) == 2


@posix
def test_a_linked_directory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled: list[int]) -> None:
    """A link in the place of the directory is not followed."""
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.setenv("LOGSCRUB_CACHE_DIR", str(tmp_path / "link"))
    HyperscanGate(EXPRESSIONS)
    HyperscanGate(EXPRESSIONS)
    assert len(compiled) == 2
    assert list((tmp_path / "real").iterdir()) == []


def test_a_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled: list[int]) -> None:
    """Without a place for it the gate is compiled every time, and works."""
    (tmp_path / "file").write_text("in the way")
    for place in (str(tmp_path / "file" / "cache"), ""):
        monkeypatch.setenv("LOGSCRUB_CACHE_DIR", place)
        assert sorted(HyperscanGate(EXPRESSIONS).scan(DATA)) == HITS
    assert len(compiled) == 2


def test_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Hyperscan cannot be loaded the detector is slower, and finds the same."""
    monkeypatch.setitem(sys.modules, "hyperscan", None)
    detector = Detector(builtin_rules())
    assert isinstance(detector._gate, ReferenceGate)
    assert [match.rule for match in detector.find("password=hunter2")] == ["password"]


def test_no_rules() -> None:
    """A detector with nothing to look for finds nothing."""
    assert Detector(RuleSet((), (), (), Grammar(), "")).find("password=hunter2") == []


def test_too_large_to_compile_exactly() -> None:
    """An expression the engine refuses is approximated; it may not be lost."""
    large = "a[0-9]{30000}b[a-z]{32000}"
    data = b"a" + b"1" * 30000 + b"b" + b"x" * 32000
    assert {index for index, _ in HyperscanGate([(0, "ghp_"), (1, large)]).scan(b"ghp_ " + data)} >= {0, 1}


def test_a_gate_is_not_pickled() -> None:
    """A gate holds memory of this process; it says so instead of breaking in another."""
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(HyperscanGate(EXPRESSIONS))


def test_sixteen_threads() -> None:
    """One detector serves any number of threads at once."""
    scrubber = Scrubber()
    texts = [f"user=u{n} password=Secret{n}xyz token={n:032x}9f6372d0dc189a22 " * 20 for n in range(16)]
    expected = [scrubber.scrub(text) for text in texts]
    ready = threading.Barrier(16)

    def work(number: int) -> list[str]:
        ready.wait()
        return [scrubber.scrub(texts[number]) for _ in range(10)]

    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(work, range(16)))
    assert results == [[text] * 10 for text in expected]
    assert not scrubber.errors


def test_a_scan_inside_a_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scan that starts while this thread is in the middle of one gets its own, and disturbs nothing."""
    scanner = HyperscanGate(EXPRESSIONS)
    inner: list[list[tuple[int, int]]] = []

    def collect(index: int, start: int, end: int, flags: int, hits: Any) -> None:
        hits.append((index, end))
        if len(inner) < 3:
            inner.append([])
            inner[-1].extend(scanner.scan(DATA))

    monkeypatch.setattr(gate, "_collect", collect)
    assert sorted(scanner.scan(DATA)) == HITS
    assert [sorted(hits) for hits in inner] == [HITS] * 3


@posix
def test_a_signal_handler_that_logs() -> None:
    """A signal that arrives in the middle of a scan may scrub something itself."""
    scrubber = Scrubber()
    text = "password=hunter2 " * 3000
    expected = scrubber.scrub(text)
    scrubber.scrub("pin=4821 x")  # what is compiled when it is first needed takes longer than the signals are apart
    inside: list[bool] = []
    wrong: list[str] = []

    def handler(number: int, frame: Any) -> None:
        if scrubber.scrub("pin=4821 x") != "pin=[one-time-code] x":
            wrong.append("pin")
        inside.append(frame is not None and frame.f_code.co_name == "_collect")

    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        end = time.monotonic() + 20
        while not any(inside) and time.monotonic() < end:
            assert scrubber.scrub(text) == expected
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert any(inside), "no signal came in the middle of a scan"
    assert not wrong
    assert not scrubber.errors


def test_a_finalizer_that_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    """An object that scrubs something when it is thrown away may be thrown away in the middle of a scan."""
    scrubber = Scrubber()
    out: list[str] = []

    class Noisy:
        def __del__(self) -> None:
            out.append(scrubber.scrub("closing, password=hunter2"))

    original: Callable[..., None] = gate._collect

    def collect(*arguments: Any) -> None:
        if not out:
            out.append("begun")
            Noisy()
        original(*arguments)

    monkeypatch.setattr(gate, "_collect", collect)
    assert scrubber.scrub("pin=4821 x") == "pin=[one-time-code] x"
    assert out == ["begun", "closing, password=[password]"]
    assert not scrubber.errors


CHILDREN = """
import multiprocessing, os, sys, threading
from logscrub import Scrubber

def child(pipe):
    pipe.send(Scrubber().scrub("password=hunter2 x"))

def forked(scrubber, pipe):
    pipe.send(scrubber.scrub("password=hunter2 x"))

if __name__ == "__main__":
    scrubber = Scrubber()
    assert scrubber.scrub("password=hunter2 x") == "password=[password] x"
    out = []
    for method, target, first in (("spawn", child, ()), ("fork", forked, (scrubber,))):
        if method not in multiprocessing.get_all_start_methods():
            continue
        context = multiprocessing.get_context(method)
        stop = threading.Event()
        busy = threading.Thread(target=lambda: [scrubber.scrub("token=9f6372d0dc189a222520aaade146d07c " * 500) for _ in iter(stop.is_set, True)])
        if method == "fork":
            busy.start()  # a thread is in the middle of a scan when the process forks
        ours, theirs = context.Pipe()
        process = context.Process(target=target, args=(*first, theirs))
        process.start()
        print(method, ours.recv() if ours.poll(60) else "hangs")
        process.join(10)
        stop.set()
        print(method, process.exitcode, scrubber.scrub("pin=4821 x"))
"""


@posix
def test_children(tmp_path: Path) -> None:
    """A forked child uses what it inherited, a spawned one makes its own; neither hangs nor crashes."""
    script = tmp_path / "children.py"
    script.write_text(CHILDREN)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTHONWARNINGS": "ignore",
    }
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=120, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "spawn password=[password] x" in lines
    assert "spawn 0 pin=[one-time-code] x" in lines
    if sys.platform != "win32":
        assert "fork password=[password] x" in lines
        assert "fork 0 pin=[one-time-code] x" in lines
