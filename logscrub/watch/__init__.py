"""Watching logs while they are written: findings are told as they come.

follow.py   names and files, through rotation
files.py    how far a file was read, and whether it is the one it was
stream.py   standard input
judge.py    lines, once they are whole or nobody goes on writing them
told.py     when a finding is told
report.py   how
metrics.py  counters for Prometheus
"""

from __future__ import annotations

from logscrub.watch.follow import Stats, Watch
from logscrub.watch.told import Report

__all__ = ["Report", "Stats", "Watch"]
