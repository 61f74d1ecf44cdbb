"""Records that are too long, too deep or too many: bounded, marked, and the application goes on."""

from __future__ import annotations

import io
import itertools
import logging
import threading
import time
from collections.abc import Iterator

import pytest
from keeping import Keep

from logscrub.emit.installation import install
from logscrub.policy import Policy

SEEDS = {
    "letters": "a",
    "words": "A_",
    "digits": "0123456789",
    "key names": "password",
    "addresses": "postgres://seg:",
    "quotes": '"',
    "at signs": "@",
    "tokens": "eyJhbGciOi.",
    "keys": "-----BEGIN PRIVATE KEY-----",
    "spaces": " ",
    "dotted": "a.",
    "dots": ".",
    "passwords": "password=hunter2xyz ",
    "addresses of mail": "bob@example.com ",
    "cards": "4111111111111111 ",
    "escapes": "\x1b[31m",
    "line breaks": "\n",
}


@pytest.mark.parametrize("name", list(SEEDS))
def test_megabyte(logger: logging.Logger, stream: io.StringIO, name: str) -> None:
    """It is cut, says so, and takes no longer than the policy allows, many times over."""
    text = (SEEDS[name] * (1_000_000 // len(SEEDS[name]) + 1))[:1_000_000]
    with install() as installation:
        start = time.process_time()
        logger.info("text %s", text)
        took = time.process_time() - start
        logger.info("text %s", "after")
        assert installation.policy.max_length == 262_144
    first, *_, last = stream.getvalue().splitlines()
    assert last == "text after"
    assert "[logscrub: " in stream.getvalue()
    assert len(stream.getvalue()) < 600_000
    assert took < 20, "bounded; how fast it is, is measured elsewhere"
    assert first


def test_secret_beyond_the_limit_and_across_it(logger: logging.Logger, stream: io.StringIO, token: str) -> None:
    with install(Policy(max_length=1000)):
        for before in (0, 960, 980, 995, 1000, 5000):
            logger.info("%s%s%s", "x" * before, token, " y" * 2000)
    assert token[8:] not in stream.getvalue()
    assert stream.getvalue().count("more characters not shown]") == 6


def test_deep_and_wide_structures(logger: logging.Logger, stream: io.StringIO, token: str) -> None:
    deep: dict[str, object] = {"token": token}
    for _ in range(500):
        deep = {"inner": deep}
    keep = Keep()
    logger.addHandler(keep)
    with install() as installation:
        logger.info("deep", extra={"deep": deep})
        logger.info("wide", extra={"wide": [token] * 200_000})
        logger.info("keys %s", {f"k{n}": n for n in range(50_000)})
        assert installation.stats()["errors"] == 0
    assert all(token not in repr(vars(record)) for record in keep.records)
    assert "too large" in repr(vars(keep.records[1]))


def test_what_is_used_up_by_being_read(logger: logging.Logger, stream: io.StringIO, token: str) -> None:
    """Generators, iterators, files and coroutines come back to the application as they were."""

    def count() -> Iterator[int]:
        yield from range(3)

    async def later() -> None:
        return None

    keep = Keep()
    logger.addHandler(keep)
    numbers, pairs, mapped, source = count(), zip("ab", "cd", strict=True), map(str, [1, 2]), io.StringIO(token)
    endless, coroutine = itertools.count(), later()
    with install() as installation:
        logger.info(
            "%s %s %s %s %s %s", numbers, pairs, mapped, source, endless, coroutine, extra={"it": iter([token])}
        )
        assert installation.stats()["errors"] == 0
    assert list(numbers) == [0, 1, 2]
    assert list(pairs) == [("a", "c"), ("b", "d")]
    assert list(mapped) == ["1", "2"]
    assert source.read() == token
    assert next(endless) == 0
    assert list(keep.records[0].it) == [token]  # type: ignore[attr-defined]
    coroutine.close()


def test_lazy_object_is_shown_when_it_is_logged_and_not_before(logger: logging.Logger, stream: io.StringIO) -> None:
    class Lazy:
        shown = 0

        def __str__(self) -> str:
            self.shown += 1
            return "costly password=hunter2-correct"

    lazy = Lazy()
    logger.setLevel(logging.INFO)
    with install():
        logger.debug("%s", lazy)
        assert lazy.shown == 0
        logger.info("%s", lazy)
    assert lazy.shown == 1, "a text handler shows it once"
    assert stream.getvalue() == "costly password=[password]\n"


def test_flood_from_many_threads_loses_nothing(logger: logging.Logger, stream: io.StringIO, token: str) -> None:
    threads, each = 16, 300
    start = threading.Barrier(threads)

    def work(number: int) -> None:
        start.wait()
        for turn in range(each):
            logger.info("%d.%d token %s", number, turn, token)

    with install() as installation:
        workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        stats = installation.stats()
    lines = stream.getvalue().splitlines()
    assert {line.split()[0] for line in lines} == {f"{n}.{t}" for n in range(threads) for t in range(each)}
    assert token not in stream.getvalue()
    assert stats["seen"] == stats["changed"] == stats["by_rule"]["github-token"] == threads * each
    assert sum(stats["by_site"].popitem()[1].values()) == threads * each
