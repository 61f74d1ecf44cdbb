"""gunicorn: master and workers, its access log and its errors."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("gunicorn")
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="gunicorn forks")

APP = """
import logging
import os
import sys

PROBLEM = f"cannot connect to postgres://svc:{os.environ['PASSWORD']}@db/shop with {os.environ['TOKEN']}"
log = logging.getLogger("shop")
FAIL = os.environ.get("FAIL")

if FAIL:
    raise getattr(__import__("builtins"), FAIL)(PROBLEM)


def application(environ, start_response):
    if environ["PATH_INFO"] == "/fail":
        raise ValueError(PROBLEM)
    log.warning("password=%s for %s", os.environ["PASSWORD"], os.environ["TOKEN"])
    start_response("200 OK", [("Set-Cookie", "session=" + os.environ["TOKEN"])])
    return [b"{}"]
"""
CONFIG = """
bind = "127.0.0.1:PORT"
workers = 2
worker_class = "{worker}"
threads = {threads}
preload_app = {preload}
accesslog = "access.log"
errorlog = "error.log"
capture_output = True
loglevel = "debug"
access_log_format = '%(h)s "%(r)s" %(s)s q=%(q)s f=%(f)s %({{x-api-key}}i)s %({{Authorization}}i)s %({{Set-Cookie}}o)s'
access_log_format += ' %({{HTTP_X_API_KEY}}e)s %({{X-Absent}}i)s'
logger_class = "logscrub.integrations.gunicorn.Logger"
"""
HANDLER = """
import json
import logging


class Whole(logging.Handler):
    def __init__(self, path):
        super().__init__()
        self.path = path

    def emit(self, record):
        values = {name: record.args[name] for name in ("r", "q", "{x-api-key}i", "{http_x_api_key}e")}
        with open(self.path, "a") as out:
            out.write(json.dumps(values) + chr(10))
"""
DICT = """
logconfig_dict = {{
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {{"plain": {{"format": "%(message)s"}}}},
    "handlers": {{
        "console": {{"class": "logging.StreamHandler", "formatter": "plain"}},
        "error_console": {{"class": "logging.StreamHandler", "formatter": "plain"}},
        "whole": {{"()": "whole.Whole", "path": "whole.log"}},
    }},
    "root": {{"level": "INFO", "handlers": ["console"]}},
    "loggers": {{"gunicorn.access": {{"handlers": ["whole"]}}, "gunicorn.error": {{"handlers": ["error_console"]}}}},
}}
"""


def ask(server: Any, values: Any) -> None:
    for _ in range(3):
        query = f"/?password={values.password}&next={values.token}"
        referrer = f"http://shop/?token={values.token}"
        assert server.get(query, X_Api_Key=values.opaque, Authorization=values.opaque, Referer=referrer) == 200
        assert server.get("/fail", X_Api_Key=values.opaque) == 500
    server.raw(f"GET /{values.token} NONSENSE\r\nAuthorization: Bearer {values.token}\r\n\r\n")


@pytest.mark.parametrize(
    ("worker", "threads", "preload", "dictionary"), [("sync", 1, False, False), ("gthread", 2, True, True)]
)
def test_the_logger_class_covers_master_and_workers(
    server: Callable[..., Any], values: Any, worker: str, threads: int, preload: bool, dictionary: bool
) -> None:
    config = (CONFIG + (DICT if dictionary else "")).format(worker=worker, threads=threads, preload=preload)
    files = {"app.py": APP, "gunicorn.conf.py": config, "whole.py": HANDLER}
    for logscrub in (False, True):
        with server(files, "gunicorn", "app", logscrub=logscrub).ready() as running:
            ask(running, values)
        text = running.written()
        assert values.leaked(text) == (set() if logscrub else {"token", "password", "opaque"})
        assert text.count("GET /?password=") >= 3
        assert text.count("Error handling request") == 3
        assert "cannot connect to postgres://svc:" in text
        if logscrub and not dictionary:
            assert '" 200 q=password=[password]&' in text
            assert re.search(r"token=\S+ \[api-key\] \[authorization\] \S*\[\S+ \[api-key\] -\n", text)


@pytest.mark.parametrize("preload", [False, True])
@pytest.mark.parametrize("error", ["ValueError", "RuntimeError"])
def test_an_application_that_cannot_be_loaded(
    server: Callable[..., Any], values: Any, preload: bool, error: str
) -> None:
    """gunicorn logs such an error or not, and prints it as well."""
    config = CONFIG.format(worker="sync", threads=1, preload=preload).replace("capture_output = True", "")
    files = {"app.py": APP, "gunicorn.conf.py": config}
    for logscrub in (False, True):
        with server(files, "gunicorn", "app", logscrub=logscrub, FAIL=error).wait() as running:
            pass
        text = running.written()
        assert values.leaked(text) == (set() if logscrub else {"token", "password"})
        assert "cannot connect to postgres://svc:" in text


def test_install_in_the_application_covers_its_workers(server: Callable[..., Any], values: Any) -> None:
    config = CONFIG.format(worker="sync", threads=1, preload=False).replace("logger_class", "#")
    files = {"app.py": "import logscrub; logscrub.install()\n" + APP, "gunicorn.conf.py": config}
    for logscrub in (False, True):
        with server(files, "gunicorn", "app", logscrub=logscrub).ready() as running:
            ask(running, values)
        assert values.leaked(running.written()) == (set() if logscrub else {"token", "password", "opaque"})


def test_the_page(server: Callable[..., Any], page: Callable[..., Any], values: Any) -> None:
    files = {name: text.replace("correct-horse-battery", values.password) for name, text in page("gunicorn").items()}
    for logscrub, more in ((False, ()), (True, ()), (True, ("--logger-class", "shop_logging.Logger"))):
        names = [name for name in files if logscrub or name != "shop_logging.py"]
        chosen = {name: files[name] for name in names}
        with server(chosen, "gunicorn", "shop", *more, logscrub=logscrub).ready() as running:
            assert running.get(f"/?token={values.token}", X_Api_Key=values.opaque) == 204
            assert running.get("/orders") == 500
        text = running.written()
        assert values.leaked(text) == (set() if logscrub else {"token", "password", "opaque"})
        assert '"GET /?token=' in text
