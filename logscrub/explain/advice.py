"""What to say about categories, tags and rules of the code auditor: the data in ``patterns/advice``."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any, NamedTuple

from logscrub.errors import PackError
from logscrub.rules.packs import builtin_directory

_FOLDER = "advice"


class Advice(NamedTuple):
    """What is said about a category.

    Attributes:
        what: what such a value is.
        why: why it matters that it is in a log.
        now: what to do, in order.
    """

    what: str
    why: str
    now: tuple[str, ...]


class CodeRule(NamedTuple):
    """What is said about a rule of the code auditor.

    Attributes:
        severity: in words, since it depends on what is printed.
        cwe: numbers of the weaknesses.
        bad: a call it finds.
        good: the same without the leak.
    """

    rule: str
    title: str
    what: str
    why: str
    severity: str
    cwe: tuple[int, ...]
    bad: str
    good: str


def advice(category: str) -> Advice:
    """Return what is said about a category; what it does not say itself is said of its family.

    Args:
        category: such as ``secret.token``, or a family such as ``secret``.

    >>> advice("financial.cvv").now[0].startswith("Delete it:")
    True
    >>> advice("pii.email").why == advice("pii").why
    True
    """
    table = _by_key("categories", "advice", "category")
    family = table.get(category.partition(".")[0], {})
    own = {**family, **table.get(category, {})}
    return Advice(own.get("what", ""), own.get("why", ""), tuple(own.get("now", ())))


def clause_words(tag: str) -> str:
    """Return what a tag of a rule means; the tag itself where nobody said.

    >>> clause_words("cwe-532"), clause_words("owasp-logging-session-ids")
    ('CWE-532: sensitive data in a log file', 'OWASP Logging Cheat Sheet, data to exclude: session-ids')
    """
    known: dict[str, str] = _read("tags")["tags"]
    if tag in known and "{}" not in known[tag]:
        return known[tag]
    beginnings = [one for one in known if "{}" in known[one] and tag.startswith(one)]
    if not beginnings:
        return tag
    longest = max(beginnings, key=len)
    return known[longest].replace("{}", tag.removeprefix(longest))


def issuer(rule: str) -> str:
    """Return where a secret that a rule finds is revoked, or nothing where that is not known.

    >>> issuer("github-fine-grained-pat")[:20]
    'GitHub → Settings → '
    """
    known: dict[str, str] = _read("issuers")["issuers"]
    fitting = [one for one in known if rule == one or rule.startswith(f"{one}-")]
    return known[max(fitting, key=len)] if fitting else ""


def code_rules() -> tuple[CodeRule, ...]:
    """Return what is said about each rule of the code auditor.

    >>> code_rules()[0].rule
    'code.secret-in-log'
    """
    return tuple(
        CodeRule(
            rule=one["rule"],
            title=one["title"],
            what=one["what"],
            why=one.get("why", ""),
            severity=one["severity"],
            cwe=tuple(one["cwe"]),
            bad=one["bad"],
            good=one["good"],
        )
        for one in _read("code")["code"]
    )


def _by_key(name: str, table: str, key: str) -> dict[str, dict[str, Any]]:
    return {one[key]: one for one in _read(name)[table]}


@cache
def _read(name: str) -> dict[str, Any]:
    path = builtin_directory() / _FOLDER / f"{name}.toml"
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise PackError(str(path), None, None, f"cannot be read: {error}; install logscrub again") from None
