"""What logscrub does inside a running service: it cleans log records before they leave the process."""

from logscrub.emit.dictconfig import ScrubFilter, ScrubFormatter
from logscrub.emit.installation import Installation, current, install
from logscrub.emit.observe import Event, Stats

__all__ = ["Event", "Installation", "ScrubFilter", "ScrubFormatter", "Stats", "current", "install"]
