"""What logscrub does inside a running service: it cleans log records before they leave the process."""

from logscrub.emit.dictconfig import ScrubFilter, ScrubFormatter
from logscrub.emit.stdlib import Installation, Stats, install

__all__ = ["Installation", "ScrubFilter", "ScrubFormatter", "Stats", "install"]
