"""What every helper starts with: the installation there is, or a new one."""

from __future__ import annotations

import logging
from dataclasses import fields
from typing import Any

from logscrub.emit import Installation, current, install
from logscrub.emit.dictconfig import _policy
from logscrub.policy import Policy


def ensure(policy: Policy | str | None = None, **options: Any) -> Installation:
    """Return the active installation, whatever its policy is; install with the policy given if there is none.

    Args:
        policy: as for :func:`logscrub.install`, and so are ``options``.

    Raises:
        ConfigError: the policy or an option is wrong.

    >>> from logscrub.policy import Policy
    >>> with ensure() as first:
    ...     ensure(Policy(select=("secret",))) is first
    True
    """
    return current() or install(policy, **options)


class Installed(logging.Filter):
    """A filter for ``logging.config.dictConfig`` that lets everything pass, and installs logscrub when it is made.

    A process that configures logging from such a dictionary, or from a file that holds one, is covered before any
    handler is made. The filter need not be attached to anything.

    Args:
        policy: what to look for, or the name of a profile; the default policy if left out.
        options: a policy's fields instead, or on top of the profile, as a configuration file can write them; and
            arguments of :func:`logscrub.install`.

    Raises:
        ConfigError: an option is wrong.
    """

    def __init__(self, policy: Policy | str | None = None, **options: Any) -> None:
        super().__init__()
        names = {field.name for field in fields(Policy)}
        chosen = {name: options.pop(name) for name in names & options.keys()}
        ensure(_policy(policy, chosen), **options)
