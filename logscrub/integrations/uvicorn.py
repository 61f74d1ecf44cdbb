"""uvicorn, and what runs on it: FastAPI, Starlette.

    import uvicorn
    from logscrub.integrations.uvicorn import log_config

    uvicorn.run("shop:app", workers=4, log_config=log_config())

uvicorn configures logging before it imports the application, in each worker anew. With this configuration logscrub is
installed then, so that what happens before the application's own ``logscrub.install()`` is covered as well.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from logscrub.policy import Policy

_FILTER = "logscrub.integrations.dictconfig.Installed"


def log_config(
    policy: Policy | str | None = None, base: Mapping[str, Any] | None = None, **options: Any
) -> dict[str, Any]:
    """Return a configuration of logging for ``uvicorn.run(log_config=…)``: uvicorn's own, which installs logscrub.

    Without a policy it can be written as JSON, for ``uvicorn --log-config``.

    Args:
        policy: what to look for; the default policy if left out.
        base: a configuration of your own, as for ``logging.config.dictConfig``. It is not changed.
        options: arguments of :func:`logscrub.install`.

    >>> log_config(base={"version": 1})
    {'version': 1, 'filters': {'logscrub': {'()': 'logscrub.integrations.dictconfig.Installed'}}}
    """
    if base is None:
        from uvicorn.config import LOGGING_CONFIG

        base = LOGGING_CONFIG
    made = copy.deepcopy(dict(base))
    given = {} if policy is None else {"policy": policy}
    made.setdefault("filters", {})["logscrub"] = {"()": _FILTER, **given, **options}
    return made
