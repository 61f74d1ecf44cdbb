"""A Celery application, run by ``test_celery.py``: a worker of it, or what gives it work."""

from __future__ import annotations

import logging
import os
import sys
import threading
import warnings

from celery import Celery
from celery.app import trace
from celery.utils.log import get_task_logger
from kombu import Queue

PLACE = os.environ["PLACE"]
TOKEN, PASSWORD = os.environ["TOKEN"], os.environ["PASSWORD"]

app = Celery("site", broker="filesystem://")
app.conf.update(
    broker_transport_options={
        "data_folder_in": f"{PLACE}/queue",
        "data_folder_out": f"{PLACE}/queue",
        "control_folder": f"{PLACE}/control",
        "store_processed": False,
    },
    task_queues=[Queue("celery"), Queue("exits")],
    worker_enable_remote_control=False,
    worker_hijack_root_logger=os.environ.get("HIJACK", "1") == "1",
    task_ignore_result=True,
    beat_schedule={"often": {"task": "celery_site.login", "schedule": 86400, "args": ("jane", PASSWORD, 739104)}},
    broker_connection_retry_on_startup=True,
)
if os.environ.get("HIJACK") == "0":
    logging.basicConfig(filename=f"{PLACE}/out/own.log", level="DEBUG")
# Celery's documentation tells to set these.
trace.LOG_RECEIVED = "Task %(name)s[%(id)s] received args=%(args)s kwargs=%(kwargs)s"
trace.LOG_SUCCESS = "Task %(name)s[%(id)s] succeeded in %(runtime)ss: %(return_value)s args=%(args)s kwargs=%(kwargs)s"

if os.environ.get("LOGSCRUB"):
    from logscrub.integrations import celery

    celery.setup(app)

logger = get_task_logger(__name__)


@app.task
def login(user: str, password: str, pin: int) -> str:
    logger.info("login of %s, password=%s", user, password)
    print(f"checking token {TOKEN}")
    return f"welcome, {TOKEN}"


@app.task(bind=True)
def enter(self: object, password: str, user: str = "") -> None:
    warnings.warn(f"password={password} is short", stacklevel=1)


@app.task
def issue_password(length: int) -> str:
    return PASSWORD


@app.task
def fails(api_key: str) -> None:
    try:
        raise KeyError(f"password={PASSWORD}")
    except KeyError as error:
        raise ValueError(f"no charge for {TOKEN}") from error


@app.task(bind=True, max_retries=1, default_retry_delay=0)
def retries(self: object, password: str) -> None:
    try:
        raise ConnectionError(f"amqp://guest:{PASSWORD}@broker:5672//")
    except ConnectionError as error:
        raise self.retry(exc=error)  # type: ignore[attr-defined]


class Odd(Exception):
    def __init__(self, one: object, two: object) -> None:
        super().__init__(f"{one} {two}")
        self.lock = threading.Lock()  # cannot be pickled


@app.task
def unpicklable() -> None:
    raise Odd(f"token={TOKEN}", "x")


@app.task
def leaves() -> None:
    sys.exit(f"password={PASSWORD}")


@app.task
def eagerly() -> None:
    logger.warning("to be done: %r", login.s("joe", PASSWORD, 739104))
    login.apply(("joe", PASSWORD, 739104))
    fails.apply((PASSWORD,))


@app.task
def last() -> None:
    logging.getLogger("site").warning("the end")


def send() -> None:
    login.delay("jane", PASSWORD, 739104)
    login.delay("jane", password=PASSWORD, pin=739104)
    enter.delay(PASSWORD, user="jane")
    issue_password.delay(12)
    fails.delay(PASSWORD)
    retries.delay(PASSWORD)
    unpicklable.delay()
    leaves.apply_async(queue="exits")
    eagerly.delay()
    app.send_task("nobody.knows", ("jane", PASSWORD), {"password": PASSWORD})
    last.apply_async(countdown=1)
