"""Celery: one line where the application is made, ``logscrub.integrations.celery.setup(app)``.

It covers what :func:`logscrub.install` covers, in the worker and in each of its processes, and:

- arguments of tasks, which Celery shows without their names: ``login.delay("jane", "tiger")`` calls
  ``def login(user, password)``, so the second one is a password;
- results of tasks that are named after what they return.
"""

from __future__ import annotations

from typing import Any

from logscrub.emit import Installation
from logscrub.integrations._installed import ensure
from logscrub.known.load import protect_environ
from logscrub.policy import Policy


def setup(app: Any, policy: Policy | str | None = None, *, protect: bool = True, **options: Any) -> Installation:
    """Keep secrets out of what workers of a Celery application log.

    Args:
        app: the ``celery.Celery`` application.
        policy: what to look for, if logscrub is not installed yet; the default policy if left out.
        protect: whether to protect the passwords of the broker and of the result backend, and other secrets of the
            configuration: they are then found wherever they are written, without a name next to them. It should be
            loaded by now.
        options: arguments of :func:`logscrub.install`.

    Raises:
        ConfigError: the policy or an option is wrong.
    """
    from celery import signals

    installation = ensure(policy, **options)
    if protect:
        protect_environ({name: value for name, value in dict(app.conf).items() if isinstance(value, str)})

    def again(**_: Any) -> None:
        ensure(policy, **options)

    # A forked process has it. One that is spawned may have been given the application in pickled form, and a service
    # that configures logging by itself may have ended the installation on its way.
    for signal in (
        signals.celeryd_init,
        signals.beat_init,
        signals.after_setup_logger,
        signals.after_setup_task_logger,
        signals.worker_process_init,
    ):
        signal.connect(again, weak=False, dispatch_uid=f"logscrub-{app.main}")
    return installation
