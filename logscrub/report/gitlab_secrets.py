"""Findings as a Secret Detection report of GitLab, for its security dashboards.

It takes secrets only: personal data is left out, and a message says how much. Written to version 15.0.7 of the schema,
which every GitLab since 16 takes (https://docs.gitlab.com/development/integrations/secure/).
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any, TextIO

from logscrub.findings import Finding, ScanResult
from logscrub.report.about import headline, identity, story, weaknesses
from logscrub.report.forms.documents import write_document
from logscrub.report.forms.markdown import plain
from logscrub.report.forms.paths import shown_name
from logscrub.report.forms.terms import counted, weakness_address
from logscrub.report.options import Options
from logscrub.report.shown import shown

_VERSION = "15.0.7"
_SOLUTION = "Whoever could read the log has the secret: revoke it or change it, then keep it out of the log."
_NO_COMMIT = "0000000"  # what GitLab's own scanner says of files outside of a repository
_MOST_MESSAGES = 100
_LONGEST_NAME = 255


def write(result: ScanResult, stream: TextIO, options: Options) -> None:
    """Write one report with an object for each secret."""
    result = shown(result)
    secrets = [one for one in result.findings if one.category.startswith("secret.")]
    ended = time.time()
    tool = {
        "id": "logscrub",
        "name": "logscrub",
        "version": result.version or "0",
        "vendor": {"name": "logscrub"},
    }
    write_document(
        {
            "version": _VERSION,
            "scan": {
                "analyzer": tool,
                "scanner": tool,
                "type": "secret_detection",
                "start_time": _moment(ended - result.elapsed),
                "end_time": _moment(ended),
                "status": "success" if result.complete else "failure",
                "messages": list(_messages(result, len(result.findings) - len(secrets))),
            },
            "vulnerabilities": [_vulnerability(one, result) for one in secrets],
        },
        stream,
    )


def _messages(result: ScanResult, left_out: int) -> Iterator[dict[str, str]]:
    if result.interrupted:
        yield {"level": "fatal", "value": "interrupted: this is what was found until then"}
    for unread in result.errors[:_MOST_MESSAGES]:
        yield {"level": "warn", "value": f"{shown_name(unread.path)}: {unread.reason}"}
    if len(result.errors) > _MOST_MESSAGES:
        more = counted(len(result.errors) - _MOST_MESSAGES, "more input")
        yield {"level": "warn", "value": f"{more} not read in full"}
    for text in (*result.not_checked, *result.limits):
        yield {"level": "warn", "value": text}
    if left_out:
        text = f"{counted(left_out, 'finding')} of other kinds (personal data) left out: this report is for secrets"
        yield {"level": "info", "value": text}


def _vulnerability(finding: Finding, result: ScanResult) -> dict[str, Any]:
    place = finding.first
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"logscrub {identity(finding, result)}")),
        "name": f"{finding.title} in a log"[:_LONGEST_NAME],
        "description": "\n\n".join(plain(line) for line in (headline(finding), *story(finding))),
        "severity": str(finding.severity).capitalize(),
        "solution": _SOLUTION,
        "identifiers": [
            {"type": "logscrub_rule_id", "name": f"logscrub rule {finding.rule}", "value": finding.rule},
            *(
                {"type": "cwe", "name": f"CWE-{number}", "value": str(number), "url": weakness_address(number)}
                for number in weaknesses(finding)
            ),
        ],
        "location": {
            "file": shown_name(place.path),
            "start_line": place.line,
            "end_line": place.line,
            "commit": {"sha": _NO_COMMIT},
        },
        "raw_source_code_extract": finding.preview,
    }


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
