"""A small Django site in one file, run by ``test_django.py``: it does what leaks, with logscrub or without.

Arguments: a directory for all that is written, then what is to be used: ``app``, ``filter`` or ``none``.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import urllib.error
import urllib.request
import warnings
from pathlib import Path

import django
from django.conf import settings

OUT, MODE = Path(sys.argv[1]), sys.argv[2]
KNOWN = json.loads((OUT.parent / "values.json").read_text())
INSTALL = "logscrub.integrations.django"


class Everything(logging.Formatter):
    """Writes all a record holds, as JSON formatters do."""

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record) + " " + repr({k: str(v) for k, v in vars(record).items()})


settings.configure(
    DEBUG=False,
    SECRET_KEY="not-for-production-" + "x" * 40,
    ALLOWED_HOSTS=["testserver", "127.0.0.1"],
    ROOT_URLCONF=__name__,
    ADMINS=[("Ada", "ada@example.org")],
    EMAIL_BACKEND="django.core.mail.backends.filebased.EmailBackend",
    EMAIL_FILE_PATH=str(OUT / "mails"),
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    INSTALLED_APPS=[
        *([INSTALL] if MODE == "app" else []),
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "django.contrib.sessions",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    PARTNER_LINE=f"https://partner.example/?token={KNOWN['setting']}",
    **({"DEFAULT_EXCEPTION_REPORTER_FILTER": f"{INSTALL}.ReporterFilter"} if MODE == "filter" else {}),
    LOGGING={
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"everything": {"()": Everything, "fmt": "%(levelname)s %(name)s %(message)s"}},
        "handlers": {
            "out": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout"},
            "file": {"class": "logging.FileHandler", "filename": str(OUT / "all.log"), "formatter": "everything"},
            "mail": {"class": "django.utils.log.AdminEmailHandler", "include_html": True, "level": "WARNING"},
        },
        "root": {"handlers": ["out", "file"], "level": "DEBUG"},
        "loggers": {
            "django": {"handlers": ["mail"], "level": "DEBUG"},
            "django.server": {"handlers": ["file", "out"], "level": "DEBUG", "propagate": False},
        },
    },
)
django.setup()

from django.contrib.auth import authenticate, login  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.exceptions import SuspiciousOperation  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import IntegrityError, connection, models  # noqa: E402
from django.http import Http404, HttpRequest, HttpResponse  # noqa: E402
from django.test import Client, override_settings  # noqa: E402
from django.urls import path  # noqa: E402


class Device(models.Model):
    label = models.CharField(max_length=200)
    api_token = models.CharField(max_length=200, unique=True)
    pin = models.IntegerField()
    secret = models.BinaryField(default=b"")
    config = models.JSONField(default=dict)

    class Meta:
        app_label = "site"


def boom(request: HttpRequest) -> HttpResponse:
    otp = KNOWN["otp"]
    password = KNOWN["password"]
    card = {"pin": otp, "password": [password]}
    raise ValueError(f"no charge for {KNOWN['token']}, {len(card)} {otp and 1} {password and 1}")


def reset(request: HttpRequest, uidb64: str, token: str) -> HttpResponse:
    if uidb64 == "boom":
        raise RuntimeError("reset failed")
    raise Http404("no such link")


def suspicious(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation(f"api_key={KNOWN['password']}")


def twice(request: HttpRequest) -> HttpResponse:
    Device.objects.create(label="again", api_token=KNOWN["column"], pin=KNOWN["otp"])
    return HttpResponse()


def enter(request: HttpRequest) -> HttpResponse:
    user = authenticate(request, username="jane", password=request.POST["password"])
    login(request, user)
    return HttpResponse("welcome")


urlpatterns = [
    path("boom/", boom),
    path("twice/", twice),
    path("enter/", enter),
    path("suspicious/", suspicious),
    path("reset/<uidb64>/<token>/", reset),
]


def queries() -> None:
    logging.disable()
    call_command("migrate", verbosity=0)
    logging.disable(logging.NOTSET)
    connection.force_debug_cursor = True
    with connection.schema_editor() as editor:
        editor.create_model(Device)
    column, otp = KNOWN["column"], KNOWN["otp"]
    User.objects.create(username="joe", password=column, email="joe@mail-server.com")
    User.objects.create_user("jane", "jane@mail-server.com", KNOWN["password"])
    Device.objects.bulk_create([Device(label=f"d{n}", api_token=f"{column}{n}", pin=otp + n) for n in range(2)])
    device = Device.objects.create(
        label="it's 'mine'", api_token=column, pin=otp, secret=column.encode(), config={"password": column}
    )
    list(Device.objects.filter(api_token__in=[column, column + "0"], pin__gte=otp).exclude(api_token__icontains=column))
    list(Device.objects.filter(config__password=column))
    device.label = "x"
    device.save()
    Device.objects.bulk_update([device], ["api_token", "label"])
    Device.objects.filter(secret=column.encode()).update(api_token=column)
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO site_device (label, api_token, pin, secret, config) VALUES (%s, %s, %s, '', '{}')",
            [("a", column + "m", otp), ("b", column + "n", otp)],
        )
        cursor.execute("SELECT id FROM site_device WHERE api_token = %(t)s", {"t": column})


def requests() -> None:
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    token, password = KNOWN["token"], KNOWN["password"]
    client.cookies["trace"] = token
    for address in (
        "/boom/",
        "/suspicious/",
        "/twice/",
        f"/reset/boom/{KNOWN['link']}/",
        f"/reset/MQ/{KNOWN['link']}/",
    ):
        client.get(address, {"token": token, "password": password}, headers={"X-Api-Key": password, "X-Trace": token})
    client.post(f"/enter/?token={token}", {"password": password, "otp": KNOWN["otp"]})
    client.get("/", headers={"host": f"evil.example:{token}"})
    free = Client(raise_request_exception=False)
    free.post("/boom/", {"password": password, "otp": KNOWN["otp"], "note": token})
    free.post("/boom/", json.dumps({"password": password}), content_type="application/json")
    free.post("/enter/", {"password": password})
    with override_settings(DEBUG=True):
        page = free.post("/boom/", {"password": password, "otp": KNOWN["otp"], "note": token})
        (OUT / "page.html").write_bytes(page.content)
        text = free.get("/boom/", {"token": token}, headers={"accept": "text/plain"})
        (OUT / "page.txt").write_bytes(text.content)
    session = free.session.session_key
    (OUT.parent / f"session-{MODE}").write_text(session or "")


def server() -> None:
    httpd = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler)
    httpd.set_app(get_wsgi_application())
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    for address in (f"/boom/?token={KNOWN['token']}", f"/reset/MQ/{KNOWN['link']}/"):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{httpd.server_port}{address}", timeout=10)
        except urllib.error.HTTPError as error:
            error.close()
    httpd.shutdown()
    httpd.server_close()


queries()
try:
    Device.objects.create(label="again", api_token=KNOWN["column"], pin=KNOWN["otp"])
except IntegrityError:
    logging.getLogger("site").exception("no device")
requests()
server()
logging.captureWarnings(True)
warnings.warn(f"password={KNOWN['password']} is short", stacklevel=1)
logging.getLogger("site").info("%s is what the partner knows", KNOWN["setting"])
logging.getLogger("site").info("done")
if MODE == "app":
    from django.views import debug

    from logscrub import install

    installation = install()
    stats = installation.stats()
    assert stats["uncovered"] == {}
    assert stats["by_logger"]["django.db.backends"]["password"]
    while installation.active:
        installation.uninstall()
    owners = (HttpRequest.__repr__, debug.pprint, *vars(debug.ExceptionReporter).values())
    assert not any(hasattr(function, "__wrapped__") for function in owners)
    assert not logging.getLogger("django.db.backends").filters
    assert not logging.getLogger("django.request").filters
