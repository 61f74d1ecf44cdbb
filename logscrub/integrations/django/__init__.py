"""Django: one line in the settings, ``INSTALLED_APPS = ["logscrub.integrations.django", ...]``.

As the first application it is in place before any other is loaded. It covers what :func:`logscrub.install` covers, and
what Django writes in ways of its own:

- the SQL that ``django.db.backends`` logs: values and parameters of sensitive columns, wherever they stand in it;
- error reports, in the mails of ``mail_admins`` and on the debug page: settings, headers, cookies, fields of forms,
  local variables, source lines;
- requests in the fields of log records.

Secrets in the settings are protected: they are found wherever they are written, without a name next to them.

``LOGSCRUB`` in the settings holds arguments of :func:`logscrub.install`, and ``protect``: whether to do so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from logscrub.integrations.django.reports import ReporterFilter

__all__ = ["ReporterFilter"]


def __getattr__(name: str) -> Any:
    if name != "ReporterFilter":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from logscrub.integrations.django.reports import ReporterFilter

    return ReporterFilter
