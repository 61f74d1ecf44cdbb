"""Comments that allow findings on their line: ``logscrub: allow[rule-id] reason``.

They are for what is written by people and happens to be scanned with logs: dumps of configurations, fixtures, scripts.
In a log they must not count unless somebody asks for it: whoever writes a log line could hide a secret with one.
"""

from __future__ import annotations

import re

MARK = b"logscrub:"
"""What a line with such a comment holds."""

_COMMENT = re.compile(
    rb"(?<![\w-])logscrub:[ \t]{0,20}allow\[(?P<rules>[\w.,\- \t]{1,1000})\](?P<reason>[^\r\n\"]{0,300})"
)
_END = re.compile(rb"(?:\*/|-->|logscrub:).*", re.DOTALL)


def allowed(line: bytes) -> dict[str, str]:
    """Return the rules whose findings a comment on the line allows, each with the reason the comment gives.

    A comment without a reason allows nothing. Reasons are text of the line: they are not masked.

    Args:
        line: one line.

    >>> allowed(b"token = tst_ab12cd34  # logscrub: allow[test-token] made up for the tests")
    {'test-token': 'made up for the tests'}
    >>> allowed(b"<!-- logscrub: allow[email, phone] imprint -->"), allowed(b"# logscrub: allow[email]")
    ({'email': 'imprint', 'phone': 'imprint'}, {})
    """
    found: dict[str, str] = {}
    if MARK not in line:
        return found
    at = 0
    while (comment := _COMMENT.search(line, at)) is not None:
        at = comment.end("rules")
        reason = _END.sub(b"", comment["reason"]).decode("utf-8", "replace").strip()
        for rule in comment["rules"].decode("ascii", "replace").split(","):
            if reason and rule.strip():
                found.setdefault(rule.strip(), reason)
    return found
