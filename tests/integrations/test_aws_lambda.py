"""AWS Lambda's own runtime client, served by something that speaks its interface."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from logscrub import Policy, cache
from logscrub.emit import current

pytest.importorskip("awslambdaric")

APP = """
from logscrub.integrations import aws_lambda; aws_lambda.install()
import logging
import os

PROBLEM = f"cannot connect to postgres://svc:{os.environ['PASSWORD']}@db/shop with {os.environ['TOKEN']}"
log = logging.getLogger()

if os.environ.get("FAIL"):
    raise ValueError(PROBLEM)


def handler(event, context):
    log.warning("password=%s for %s", os.environ["PASSWORD"], os.environ["AWS_SESSION_TOKEN"], extra={"pin": 4711})
    try:
        raise KeyError(os.environ["TOKEN"])
    except KeyError:
        log.exception("not found")
    if event["fail"]:
        raise ValueError(PROBLEM)
    return {"answer": os.environ["TOKEN"]}
"""


class Runtime(ThreadingHTTPServer):
    """The runtime interface of AWS Lambda, version 2018-06-01: hands out events, takes answers and errors.

    It is described in the developer guide under "Using the Lambda runtime API for custom runtimes".
    """

    def __init__(self, events: list[dict[str, Any]]) -> None:
        self.events = events
        self.done = threading.Event()
        self.taken: dict[str, str] = {}
        self.faults = ""
        super().__init__(("127.0.0.1", 0), _Requests)


class _Requests(BaseHTTPRequestHandler):
    server: Runtime
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        number = 3 - len(self.server.events)
        if not self.server.events:
            self.server.done.set()
            self.close_connection = True
            return
        body = json.dumps(self.server.events.pop(0)).encode()
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", f"request-{number}")
        self.send_header("Lambda-Runtime-Deadline-Ms", "32503680000000")
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:000000000000:function:shop")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.server.taken[self.path] = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.server.faults += self.headers.get("Lambda-Runtime-Function-XRay-Error-Cause", "")
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        if self.path.endswith("init/error"):
            self.server.done.set()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def runtime() -> Iterator[Callable[[], Runtime]]:
    started = []

    def start() -> Runtime:
        made = Runtime([{"fail": False}, {"fail": True}])
        threading.Thread(target=made.serve_forever, daemon=True).start()
        started.append(made)
        return made

    yield start
    for one in started:
        one.shutdown()
        one.server_close()


@pytest.mark.parametrize(
    "settings", [{}, {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "INFO"}], ids=["text", "json"]
)
@pytest.mark.parametrize("fail", ["", "import"])
def test_the_runtime(
    server: Callable[..., Any], runtime: Callable[[], Runtime], values: Any, settings: dict[str, str], fail: str
) -> None:
    for logscrub in (False, True):
        api = runtime()
        host = f"127.0.0.1:{api.server_port}"
        environment = {**settings, "AWS_LAMBDA_RUNTIME_API": host, "AWS_SESSION_TOKEN": values.opaque, "FAIL": fail}
        with server({"app.py": APP}, "awslambdaric", "app.handler", logscrub=logscrub, **environment) as running:
            assert api.done.wait(60), running.written()
        text = running.written()
        shown = {"token", "password"} if fail else {"token", "password", "opaque"}
        assert values.leaked(text) == (set() if logscrub else shown)
        assert "cannot connect to postgres://svc:" in text
        if fail:
            assert list(api.taken) == ["/2018-06-01/runtime/init/error"]
            continue
        assert not logscrub or '"pin": 4711' not in text
        # The answers are no log.
        answer, error = api.taken.values()
        assert json.loads(answer) == {"answer": values.token}
        assert values.leaked(json.loads(error)["errorMessage"]) == {"token", "password"}
        assert values.leaked(api.faults) == (set() if logscrub else {"token", "password"})
        assert "cannot connect" in api.faults


def test_the_telemetry_stream(
    server: Callable[..., Any], runtime: Callable[[], Runtime], values: Any, tmp_path: Path
) -> None:
    """On Lambda itself the runtime writes frames to a descriptor, not text to standard output."""
    start = """
import os
import sys
frames = os.open("frames", os.O_WRONLY | os.O_CREAT)
os.environ["_LAMBDA_TELEMETRY_LOG_FD"] = str(frames)
from awslambdaric.__main__ import main
main(["awslambdaric", "app.handler"])
"""
    for logscrub in (False, True):
        api = runtime()
        environment = {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}", "AWS_SESSION_TOKEN": values.opaque}
        with server({"app.py": APP, "start.py": start}, "start", logscrub=logscrub, **environment) as running:
            assert api.done.wait(60), running.written()
        frames = (running.directory / "frames").read_bytes()
        assert frames.count(b"\xa5\x5a\x00") == 5
        assert values.leaked(running.written()) == (set() if logscrub else {"token", "password", "opaque"})


def test_the_page(
    server: Callable[..., Any], runtime: Callable[[], Runtime], page: Callable[..., Any], values: Any
) -> None:
    files = {name: text.replace("correct-horse-battery", values.password) for name, text in page("aws-lambda").items()}
    for logscrub in (False, True):
        api = runtime()
        environment = {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}", "AWS_SESSION_TOKEN": values.opaque}
        bare = {name: text.replace("aws_lambda.install()", "") for name, text in files.items()}
        chosen = files if logscrub else bare
        with server(chosen, "awslambdaric", "shop.handler", logscrub=logscrub, **environment) as running:
            assert api.done.wait(60), running.written()
        assert values.leaked(running.written()) == (set() if logscrub else {"password", "opaque"})


def test_what_a_function_prints(server: Callable[..., Any], runtime: Callable[[], Runtime], values: Any) -> None:
    app = """
from logscrub.integrations import aws_lambda; aws_lambda.install(capture=("stdout", "stderr"))
import os
import sys

def handler(event, context):
    print("password=" + os.environ["PASSWORD"], end=" ")
    print(os.environ["TOKEN"], file=sys.stderr)
    if event["fail"]:
        raise ValueError(os.environ["TOKEN"])
"""
    for logscrub in (False, True):
        api = runtime()
        environment = {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}"}
        with server({"app.py": app}, "awslambdaric", "app.handler", logscrub=logscrub, **environment) as running:
            assert api.done.wait(60), running.written()
        text = running.written()
        assert values.leaked(text) == (set() if logscrub else {"token", "password"})
        assert text.count("password=") == 2
        assert "[ERROR] ValueError: " in text


def test_rules_that_lie_in_the_package_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from logscrub.integrations import aws_lambda

    shipped = tmp_path / "package" / aws_lambda.SHIPPED
    monkeypatch.setenv(cache.ENVIRONMENT, str(shipped))
    assert cache.write("rules", b"compiled")
    (shipped / "rules").chmod(0o644)
    assert cache.read("rules") is None, "as somebody else's file"
    monkeypatch.delenv(cache.ENVIRONMENT)
    monkeypatch.setenv("LAMBDA_TASK_ROOT", str(shipped.parent))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    aws_lambda._use_shipped_rules()
    assert cache.directory() != shipped
    assert cache.read("rules") == b"compiled"


def test_without_the_runtime_it_only_installs() -> None:
    from logscrub.integrations import aws_lambda

    policy = Policy(actions={"pii": "token"})
    with aws_lambda.install(policy, protect=False) as installation:
        assert installation.policy is policy
        assert aws_lambda.install(protect=False) is current()
    installation.uninstall()
