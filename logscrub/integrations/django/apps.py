"""The application that stands in ``INSTALLED_APPS``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig

from logscrub.integrations._installed import ensure
from logscrub.known.load import protect_environ


class LogscrubConfig(AppConfig):  # type: ignore[misc]
    """Installs logscrub when Django makes it, which is before the next application is imported."""

    name = "logscrub.integrations.django"
    label = "logscrub"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        from django.conf import settings

        chosen = dict(getattr(settings, "LOGSCRUB", {}))
        protect = chosen.pop("protect", True)
        ensure(**chosen)
        if protect:
            protect_environ(dict(_texts(_given(settings))))


def _given(settings: Any) -> dict[str, Any]:
    values = {}
    for name in filter(str.isupper, dir(settings)):
        with contextlib.suppress(Exception):  # an empty SECRET_KEY raises, and that is for Django to tell
            values[name] = getattr(settings, name)
    return values


def _texts(value: Any, name: str = "", depth: int = 4) -> Iterator[tuple[str, str]]:
    """Yield the texts in settings by their names: ``DATABASES_default_PASSWORD``."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict | list | tuple) and depth:
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            yield from _texts(item, f"{name}_{key}".lstrip("_"), depth - 1)
