"""gunicorn.

    # gunicorn.conf.py
    logger_class = "logscrub.integrations.gunicorn.Logger"

gunicorn makes its logger before it loads the application and before it forks, so the master and all workers are covered
from their first line on, with and without ``preload_app``.
"""

from __future__ import annotations

from typing import Any, ClassVar

from gunicorn import glogging

from logscrub.integrations._installed import ensure
from logscrub.policy import Policy


class Logger(glogging.Logger):  # type: ignore[misc, unused-ignore]
    """gunicorn's logger, which installs logscrub.

    Attributes:
        policy: what to look for; set it in a subclass for another than the default policy.
    """

    policy: ClassVar[Policy | str | None] = None

    def setup(self, cfg: Any) -> None:
        """Install, then configure logging as gunicorn does."""
        ensure(self.policy)
        super().setup(cfg)
