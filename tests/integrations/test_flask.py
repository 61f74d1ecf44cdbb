"""Flask on Werkzeug's own server, and in the process of the test."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from typing import Any

import pytest

from logscrub import Policy

flask = pytest.importorskip("flask")

APP = """
import logging
import os

from flask import Flask

import logscrub.integrations.flask

PROBLEM = f"cannot connect to postgres://svc:{os.environ['PASSWORD']}@db/shop with {os.environ['TOKEN']}"
app = Flask(__name__)
app.config["SECRET_KEY"] = "kestrel-and-harbour-17"
app.logger.info("made before")
logscrub.integrations.flask.init_app(app)


@app.get("/")
def root():
    app.logger.warning("password=%s, signed with %s", os.environ["PASSWORD"], app.config["SECRET_KEY"])
    return {}


@app.get("/fail")
def fail():
    raise ValueError(PROBLEM)


@app.get("/stream")
def stream():
    def parts():
        yield "{"
        raise ValueError(PROBLEM)
    return parts()
"""


@pytest.mark.parametrize("debug", [(), ("--debug", "--no-reload")], ids=["plain", "debugger"])
def test_the_application_and_its_server(server: Callable[..., Any], values: Any, debug: tuple[str, ...]) -> None:
    command = ("flask", "--app", "app", "run", "--port", "PORT", *debug)
    for logscrub in (False, True):
        with server({"app.py": APP}, *command, logscrub=logscrub).ready() as running:
            assert running.get(f"/?password={values.password}&next={values.token}") == 200
            assert running.get(f"/missing?token={values.token}") == 404
            assert running.get("/fail") == 500
            running.raw("GET /stream HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")
            running.raw(f"GET /{values.token} NONSENSE\r\n\r\n")
            running.wait("ValueError: cannot connect to postgres://svc:", times=2)
        text = running.written()
        assert values.leaked(text) == (set() if logscrub else {"token", "password", "opaque"})
        assert "GET /?password=" in text
        assert text.count("ValueError: cannot connect to postgres://svc:") >= 2
        assert "Traceback" in text


def test_the_page(server: Callable[..., Any], page: Callable[..., Any], values: Any) -> None:
    files = {name: text.replace("correct-horse-battery", values.password) for name, text in page("flask").items()}
    for logscrub in (False, True):
        with server(files, "flask", "--app", "shop", "run", "--port", "PORT", logscrub=logscrub).ready() as running:
            assert running.get(f"/orders?token={values.token}") == 500
        text = running.written()
        assert values.leaked(text) == (set() if logscrub else {"token", "password", "opaque"})
        assert "signing with" in text


def test_the_stream_flask_chooses_for_each_request() -> None:
    """Flask's handler writes to the error stream of the request it serves, which no hook on ``sys.stderr`` sees."""
    from flask import Flask

    from logscrub.integrations.flask import init_app

    def written() -> str:
        errors = io.StringIO()
        app.test_client().get("/", errors_stream=errors)
        return errors.getvalue()

    app = Flask("logscrub-flask-test")
    app.logger.propagate = False
    app.logger.addHandler(flask.logging.default_handler)
    app.config.update(SECRET_KEY="kestrel-and-harbour-17", MAIL_PORT=25, SQLALCHEMY_DATABASE_URI="sqlite://")

    @app.get("/")
    def root() -> str:
        app.logger.error("password=%s %s", "Tr0ub4dor-3xyz", app.config["SECRET_KEY"])
        return ""

    assert "Tr0ub4dor-3xyz kestrel-and-harbour-17" in written()
    with init_app(app, Policy(actions={"secret": "label"})) as installation:
        assert app.extensions["logscrub"] is installation
        shown = written()
        assert "password=[password] [" in shown
        assert "kestrel" not in shown
        assert init_app(app) is installation
    logging.getLogger("logscrub-flask-test").handlers.clear()


def test_secrets_of_the_configuration_are_left_alone_if_asked() -> None:
    from flask import Flask

    from logscrub.integrations.flask import init_app
    from logscrub.known.registry import REGISTRY

    app = Flask("logscrub-flask-test")
    app.config["SECRET_KEY"] = "kestrel-and-harbour-17"
    before = REGISTRY.version
    with init_app(app, protect=False):
        assert REGISTRY.version == before
