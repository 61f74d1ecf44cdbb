"""``logscrub doctor``: a process of its own each time, for it runs what it is pointed to."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from .conftest import Run, Start

SERVICE = """
import logging
import sys
import time

import logscrub


def setup():
    logscrub.install()
    logging.basicConfig(stream=sys.stdout)
    print("the service prints")


async def setup_later():
    setup()


def bare():
    logging.getLogger("shop").addHandler(logging.FileHandler("app.log"))


def hooked():
    setup()
    sys.excepthook = lambda *args: None


def raises():
    raise ValueError("password=hunter2-correct-horse")


def leaves():
    sys.exit("password=hunter2-correct-horse")


def waits():
    time.sleep(60)


def thread():
    import threading

    setup()
    threading.Thread(target=waits).start()


def loguru():
    from loguru import logger

    logscrub.install()
    logger.info("ready")


def wants(name):
    pass


number = 7
"""


@dataclass
class Ended:
    code: int
    out: str
    err: str


Doctor = Callable[..., Ended]


@pytest.fixture
def doctor(start: Start, tmp_path: Path) -> Doctor:
    (tmp_path / "service.py").write_text(SERVICE)
    (tmp_path / "needs.py").write_text("import not_there_at_all\n")
    (tmp_path / "broken.py").write_text("def f(:\n")
    (tmp_path / "ends.py").write_text("import sys\nsys.exit(0)\n")

    def doctor(*arguments: str) -> Ended:
        process = start(*arguments)
        out, err = process.communicate(timeout=60)
        return Ended(process.returncode, out.decode(), err.decode())

    return lambda *arguments: doctor("doctor", *arguments)


def test_a_service_whose_ways_are_closed(doctor: Doctor) -> None:
    for target in ("service:setup", "service:setup_later"):
        done = doctor(target)
        assert done.code == 0, done.err
        assert done.out.endswith("nothing came out\n")
        assert "LEAK" not in done.out
        assert done.err == "the service prints\n"


def test_a_service_that_does_not_install(doctor: Doctor, tmp_path: Path) -> None:
    done = doctor("service:bare")
    assert done.code == 1
    assert "LEAK  logscrub is not installed in this process" in done.out
    assert "fix: call logscrub.install() first thing in service" in done.out
    assert f"FileHandler to {tmp_path / 'app.log'}, of shop\n    card, email, token  by message" in done.out
    assert (tmp_path / "app.log").read_text() == ""
    assert "cAn9-" not in done.out


def test_a_hook_that_came_later(doctor: Doctor) -> None:
    done = doctor("service:hooked")
    assert done.code == 1
    assert "LEAK  sys.excepthook was set by service after logscrub.install()" in done.out
    assert done.out.endswith("1 of 6 let canaries out\n")


def test_import_only(doctor: Doctor) -> None:
    done = doctor("service")
    assert done.code == 1
    assert "the last resort" in done.out


def test_the_json_report_has_standard_output_for_itself(doctor: Doctor, tmp_path: Path) -> None:
    done = doctor("service:setup", "--format", "json", "--channel", "arguments", "--channel", "note")
    report = json.loads(done.out)
    assert report["schema"] == "logscrub/doctor/1"
    assert report["ok"]
    assert report["installed"]
    assert not report["report_only"]
    assert {path["channel"] for path in report["paths"]} == {"arguments", "note"}
    assert {path["state"] for path in report["paths"]} == {"closed"}
    assert report["summary"]["paths"] == len(report["paths"])
    assert "after-install" in {note["kind"] for note in report["notes"]}
    doctor("service:setup", "--format", "json", "-o", "report.json")
    assert json.loads((tmp_path / "report.json").read_text())["ok"]


def test_another_directory(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "inside.py").write_text("import logscrub\nlogscrub.install()\n")
    assert doctor("inside").code == 2
    assert doctor("-C", "src", "inside").code == 0


def test_threads_of_the_service_do_not_keep_it(doctor: Doctor) -> None:
    done = doctor("service:thread")
    assert done.code == 0
    assert done.out.endswith("nothing came out\n")


def test_the_service_has_a_loguru_of_its_own(start: Start, doctor: Doctor) -> None:
    process = start("--verbose", "doctor", "service:loguru")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert b"loguru handler 0" not in out
    assert b"2 handlers" in out  # loguru's own, and the last resort of logging
    assert b"ready" in err


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("service:raises", "service:raises failed: ValueError at "),
        ("service:leaves", "service:leaves: it ends the program; name what sets logging up only"),
        ("service:wants", "service:wants needs arguments; name a function that takes none"),
        ("service:number", "service:number is a int and cannot be called"),
        ("service:setpu", "service has no setpu"),
        ("servcie:setup", "servcie: there is no module servcie; name the directory it is in with -C"),
        ("service.logs", "service.logs: there is no module service.logs"),
        ("needs", "needs needs the module not_there_at_all, which is not there"),
        ("broken", "broken cannot be imported: SyntaxError at "),
        ("ends", "ends: it ends the program when it is imported; put what runs the service under: if __name__"),
        ("service.py", "service.py: there is no module service.py"),
        ("./service.py", "'./service.py' is no module: name a module"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line_and_ends_with_2(target: str, says: str, doctor: Doctor) -> None:
    done = doctor(target)
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith(f"error: {says}")
    assert done.err.count("\n") == 1
    assert "hunter2" not in done.err


def test_a_channel_that_is_not_there(doctor: Doctor) -> None:
    done = doctor("service:setup", "--channel", "sound")
    assert (done.code, done.out) == (2, "")
    assert "no channel is called 'sound'; there are message, arguments" in done.err


def test_a_function_that_does_not_return(doctor: Doctor) -> None:
    done = doctor("service:waits", "--timeout", "1")
    assert done.code == 2
    assert "error: service:waits takes longer than 1 s (--timeout)." in done.err
    assert "service.py:37, in waits" in done.err


def test_the_help_is_as_it_was_reviewed(run: Run) -> None:
    done = run("doctor", "--help")
    path = Path(__file__).parent.parent / "golden" / "help-doctor.txt"
    if os.environ.get("LOGSCRUB_REGEN"):
        path.write_text(done.out)
    assert (done.code, done.err) == (0, "")
    assert done.out == path.read_text()


def test_a_reader_that_goes_away_is_no_failure(doctor: Doctor, start: Start) -> None:
    with start("doctor", "service:bare") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert (process.stderr.read(), process.wait(60)) == (b"", 0)
