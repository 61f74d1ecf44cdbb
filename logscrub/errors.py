"""Every error logscrub raises, each with the exit code the command line ends with.

LogscrubError                 exit code 2
├── ConfigError (ValueError)  a configuration key or file is wrong
├── PackError (ValueError)    a rule file is wrong
├── MissingExtraError (ImportError)  an optional dependency is not installed
├── ProtectError (ValueError) what shall be protected is nothing that could be
├── SetupError                the logging of a service cannot be brought up
├── SourceError (OSError)     an input cannot be read
└── LeakError                 exit code 1: a path lets secrets out
"""

from __future__ import annotations


class LogscrubError(Exception):
    """Base of all errors logscrub raises on purpose. Messages never hold a value that may be secret."""

    exit_code = 2


class ConfigError(LogscrubError, ValueError):
    """A configuration file, environment variable or argument is wrong."""


class PackError(LogscrubError, ValueError):
    """A rule file is refused. The message names the file, the rule, the key and what is allowed."""

    def __init__(self, source: str, rule: str | None, key: str | None, problem: str) -> None:
        place = source
        if rule is not None:
            place += f": rule {rule!r}"
        if key is not None:
            place += f": key {key!r}"
        super().__init__(f"{place}: {problem}")
        self.source = source
        self.rule = rule
        self.key = key


class MissingExtraError(LogscrubError, ImportError):
    """An optional dependency is needed; the message names the extra that brings it."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an extra: pip install 'logscrub[{extra}]'")
        self.extra = extra


class ProtectError(LogscrubError, ValueError):
    """What shall be protected is nothing that could be. The message names it and never holds it."""


class SourceError(LogscrubError, OSError):
    """An input cannot be read."""


class SetupError(LogscrubError):
    """The service's logging could not be brought up. The message names the module, the place and what to do."""


class LeakError(LogscrubError):
    """A path lets secrets out. The message names the paths and how to close them."""

    exit_code = 1
