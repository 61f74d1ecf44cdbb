"""Logging configured from a dictionary: one line in it.

    "filters": {"logscrub": {"()": "logscrub.integrations.dictconfig.Installed"}},

The filter need not be attached to anything: filters are made before handlers, and making it installs logscrub.

>>> from logging.config import dictConfig
>>> from logscrub.emit import current
>>> dictConfig({"version": 1, "incremental": False, "disable_existing_loggers": False,
...             "filters": {"logscrub": {"()": "logscrub.integrations.dictconfig.Installed", "select": ["secret"]}}})
>>> current().policy.select
('secret',)
>>> current().uninstall()
"""

from logscrub.integrations._installed import Installed

__all__ = ["Installed"]
