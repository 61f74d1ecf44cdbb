"""Whether a value is one, or only stands for one."""

from __future__ import annotations

from logscrub.detect.values import is_placeholder


def filled(value: bytes) -> bool:
    """Tell whether a value is no mask, template or other placeholder.

    >>> filled(b"swordfish"), filled(b"<password>")
    (True, False)
    """
    return not is_placeholder(value)
