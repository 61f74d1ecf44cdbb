"""Flask.

    from logscrub.integrations.flask import init_app

    app = Flask(__name__)
    app.config.from_prefixed_env()
    init_app(app)

The logs of the application and of Werkzeug's server are covered from there on.
"""

from __future__ import annotations

from typing import Any

from flask import Flask

from logscrub.emit import Installation
from logscrub.integrations._installed import ensure
from logscrub.known.load import protect_environ
from logscrub.policy import Policy


def init_app(app: Flask, policy: Policy | str | None = None, *, protect: bool = True, **options: Any) -> Installation:
    """Keep secrets out of the logs of an application, and those of its configuration in particular.

    Args:
        app: the application; its configuration should be loaded by now. The installation is put into
            ``app.extensions["logscrub"]``.
        policy: what to look for, if logscrub is not installed yet; the default policy if left out.
        protect: whether to protect the secrets in ``app.config``, such as ``SECRET_KEY`` or the password in
            ``SQLALCHEMY_DATABASE_URI``: they are then found wherever they are written, without a name next to them.
        options: arguments of :func:`logscrub.install`.

    Raises:
        ConfigError: the policy or an option is wrong.
    """
    installation = ensure(policy, **options)
    if protect:
        protect_environ({name: value for name, value in app.config.items() if isinstance(value, str)})
    app.extensions["logscrub"] = installation
    return installation
