"""uvicorn with a FastAPI application."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from logscrub.emit import current
from logscrub.errors import ConfigError
from logscrub.integrations.uvicorn import log_config
from logscrub.policy import Policy

pytest.importorskip("uvicorn")
pytest.importorskip("fastapi")

APP = """
import logscrub; logscrub.install()
import logging
import os
import sys
from contextlib import asynccontextmanager
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel

PROBLEM = f"cannot connect to postgres://svc:{os.environ['PASSWORD']}@db/shop with {os.environ['TOKEN']}"
FAIL = os.environ.get("FAIL")
log = logging.getLogger("shop")

if FAIL == "import":
    raise ValueError(PROBLEM)


@asynccontextmanager
async def lifespan(app):
    if FAIL == "lifespan":
        raise ValueError(PROBLEM)
    yield


app = FastAPI(lifespan=lifespan)


class Account(BaseModel):
    user: str
    age: int


@app.exception_handler(RequestValidationError)
async def invalid(request: Request, error: RequestValidationError):
    log.warning("invalid: %s", error.errors())
    log.warning("invalid: %s", error)
    return JSONResponse({}, 422)


@app.get("/")
async def root():
    return {}


@app.get("/fail")
async def fail():
    raise ValueError(PROBLEM)


@app.post("/account")
async def account(body: Account):
    return {}
"""


def ask(server: Any, values: Any) -> None:
    """Send requests, each of which has something logged that may not be."""
    assert server.get(f"/?password={values.password}&next={values.token}") == 200
    assert server.get("/fail") == 500
    body = json.dumps({"user": "jane", "age": values.token, "password": values.password}).encode()
    assert server.get("/account", body=body) == 422
    server.raw(f"GET /{values.token} NONSENSE\r\nAuthorization: Bearer {values.token}\r\n\r\n")


@pytest.mark.parametrize("options", [(), ("--use-colors", "--log-level", "trace")], ids=["plain", "colours and trace"])
def test_install_alone_covers_what_the_server_logs(
    server: Callable[..., Any], values: Any, options: tuple[str, ...]
) -> None:
    command = ("uvicorn", "app:app", "--port", "PORT", *options)
    with server({"app.py": APP}, *command, logscrub=False).ready() as bare:
        ask(bare, values)
    assert values.leaked(bare.written()) == {"token", "password"}

    with server({"app.py": APP}, *command, logscrub=True).ready() as covered:
        ask(covered, values)
    text = covered.written()
    assert values.leaked(text) == set()
    assert "GET /?password=[password]" in text
    assert "ValueError: cannot connect to postgres://svc:[" in text
    assert text.count("invalid: ") == 2


@pytest.mark.parametrize(("fail", "workers"), [("import", "1"), ("import", "2"), ("lifespan", "1")])
def test_a_start_that_fails(server: Callable[..., Any], values: Any, fail: str, workers: str) -> None:
    """A spawned worker's last words are printed by ``multiprocessing``."""
    command = ("uvicorn", "app:app", "--port", "PORT", "--workers", workers)
    with server({"app.py": APP}, *command, logscrub=False, FAIL=fail).wait("postgres://svc") as bare:
        pass
    assert values.leaked(bare.written()) == {"token", "password"}
    with server({"app.py": APP}, *command, logscrub=True, FAIL=fail).wait("postgres://svc") as covered:
        pass
    assert values.leaked(covered.written()) == set()


def test_the_page_in_two_workers(server: Callable[..., Any], page: Callable[..., Any], values: Any) -> None:
    files = {name: text.replace("correct-horse-battery", values.password) for name, text in page("uvicorn").items()}
    for logscrub in (False, True):
        with server(files, "serve", logscrub=logscrub).ready() as running:
            for _ in range(8):
                assert running.get(f"/orders?token={values.token}") == 500
        text = running.written()
        assert values.leaked(text) == (set() if logscrub else {"token", "password"})
        assert text.count("GET /orders?token=") == 8
        assert text.count("Started server process") == 2


def test_a_configuration_file_covers_an_application_that_knows_nothing_of_it(
    server: Callable[..., Any], values: Any
) -> None:
    plain = APP.replace("import logscrub; logscrub.install()\n", "")
    files = {"app.py": plain, "log.json": json.dumps(log_config())}
    command = ("uvicorn", "app:app", "--port", "PORT", "--workers", "2", "--log-config", "log.json")
    with server(files, *command, logscrub=True).ready() as covered:
        ask(covered, values)
    assert values.leaked(covered.written()) == set()
    with server(files, *command, logscrub=True, FAIL="import").wait("postgres://svc") as covered:
        pass
    assert values.leaked(covered.written()) == set()


def test_the_configuration_is_a_copy_and_carries_a_policy(tmp_path: Path) -> None:
    import logging.config

    from uvicorn.config import LOGGING_CONFIG

    assert "filters" not in LOGGING_CONFIG
    policy = Policy(actions={"pii": "token"})
    made = log_config(policy, report_only=True)
    assert "filters" not in LOGGING_CONFIG
    assert made["loggers"] == LOGGING_CONFIG["loggers"]
    own = {"version": 1, "disable_existing_loggers": False, "incremental": False, "filters": {"mine": {"name": "x"}}}
    made = log_config(policy, own, report_only=True)
    assert set(made["filters"]) == {"mine", "logscrub"}
    assert set(own["filters"]) == {"mine"}
    logging.config.dictConfig({**made, "root": {}})
    installation = current()
    assert installation is not None
    assert installation.policy == policy
    installation.uninstall()


def test_a_file_can_write_a_policy_and_a_wrong_one_is_refused() -> None:
    from logscrub.integrations.dictconfig import Installed

    Installed(actions={"pii": "token"}, min_severity="info")
    installation = current()
    assert installation is not None
    with installation:
        assert installation.policy == Policy(actions={"pii": "token"})
        Installed(select=["pii"])
        assert current() is installation
    installation.uninstall()
    with pytest.raises(ConfigError):
        Installed(select=["no-such-rule"])
