"""aiohttp's server and client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("aiohttp")

APP = """
import asyncio
import json
import logging
import os
import sys

import aiohttp
from aiohttp import web

import logscrub

PROBLEM = f"cannot connect to postgres://svc:{os.environ['PASSWORD']}@db/shop with {os.environ['TOKEN']}"
FAIL = os.environ.get("FAIL")
FORMAT = '%a "%r" %s "%{Referer}i" %{X-Api-Key}i %{Authorization}i %{Set-Cookie}o %{X-Absent}i'


class JsonFormatter(logging.Formatter):
    def format(self, record):
        return json.dumps({name: str(value) for name, value in vars(record).items()})


logging.basicConfig(level=logging.DEBUG)
whole = logging.FileHandler("whole.log")
whole.setFormatter(JsonFormatter())
logging.getLogger("aiohttp.access").addHandler(whole)
early = aiohttp.web_log.AccessLogger(logging.getLogger("aiohttp.access"), FORMAT)
logscrub.install()


async def root(request):
    return web.json_response({}, headers={"Set-Cookie": "session=" + os.environ["TOKEN"]})


async def fail(request):
    raise ValueError(PROBLEM)


async def forgotten(request):
    async def work():
        raise ValueError(PROBLEM)
    asyncio.create_task(work())
    return web.json_response({})


async def outward(request):
    async def started(session, context, params):
        logging.getLogger("client").info("asks for %s with %s", params.url, params.headers)
    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(started)
    session = aiohttp.ClientSession(trace_configs=[trace])
    async with session:
        headers = {"Authorization": "Bearer " + os.environ["TOKEN"], "X-Api-Key": "kestrel-and-harbour-17"}
        async with session.get(f"http://127.0.0.1:PORT/?password={os.environ['PASSWORD']}", headers=headers):
            return web.json_response({})


async def start(app):
    if FAIL:
        raise ValueError(PROBLEM)


app = web.Application()
app.add_routes([
    web.get("/", root), web.get("/fail", fail), web.get("/forgotten", forgotten), web.get("/outward", outward),
])
app.on_startup.append(start)

if __name__ == "__main__":
    web.run_app(app, port=PORT, access_log_format=FORMAT)
"""


def test_the_server_and_the_client(server: Callable[..., Any], values: Any) -> None:
    for logscrub in (False, True):
        with server({"app.py": APP}, "app", logscrub=logscrub).ready() as running:
            query = f"/?password={values.password}&next={values.token}"
            assert running.get(query, X_Api_Key=values.opaque, Authorization=values.opaque) == 200
            assert running.get("/fail", Referer=f"http://shop/?token={values.token}") == 500
            assert running.get("/forgotten") == 200
            assert running.get("/outward") == 200
            running.raw(f"GET /{values.token} NONSENSE\r\nAuthorization: Bearer {values.token}\r\n\r\n")
            running.wait("exception was never retrieved")
        text = running.written()
        assert values.leaked(text) == (set() if logscrub else {"token", "password", "opaque"})
        assert text.count("cannot connect to postgres://svc:") >= 2
        assert "exception was never retrieved" in text
        if logscrub:
            assert "[api-key] [authorization] session=[" in text or "[api-key] [authorization] [" in text
            assert '"request_header": "{' in text


def test_a_start_that_fails(server: Callable[..., Any], values: Any) -> None:
    for logscrub in (False, True):
        with server({"app.py": APP}, "app", logscrub=logscrub, FAIL="1").wait() as running:
            pass
        assert values.leaked(running.written()) == (set() if logscrub else {"token", "password"})


def test_under_gunicorn(server: Callable[..., Any], values: Any) -> None:
    pytest.importorskip("gunicorn")
    config = """
bind = "127.0.0.1:PORT"
worker_class = "aiohttp.GunicornWebWorker"
accesslog = "-"
access_log_format = '%a "%r" %s %{X-Api-Key}i'
logger_class = "logscrub.integrations.gunicorn.Logger"
"""
    files = {"app.py": APP.replace("logscrub.install()", ""), "gunicorn.conf.py": config}
    for logscrub in (False, True):
        with server(files, "gunicorn", "app:app", logscrub=logscrub).ready() as running:
            assert running.get(f"/?password={values.password}", X_Api_Key=values.opaque) == 200
            assert running.get("/fail") == 500
        assert values.leaked(running.written()) == (set() if logscrub else {"token", "password", "opaque"})


def test_the_page(server: Callable[..., Any], page: Callable[..., Any], values: Any) -> None:
    files = {name: text.replace("correct-horse-battery", values.password) for name, text in page("aiohttp").items()}
    for logscrub in (False, True):
        with server(files, "shop", logscrub=logscrub).ready() as running:
            assert running.get(f"/orders?token={values.token}", X_Api_Key=values.opaque) == 500
        text = running.written()
        assert values.leaked(text) == (set() if logscrub else {"token", "password", "opaque"})
        assert "GET /orders?token=" in text
