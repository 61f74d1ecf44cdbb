"""What of a result may be shown: printable, and without the secrets somebody wrote into the source.

Code in a result comes with its literals left out, templates do not, and a name can look like anything. So every text
goes through the default scrubber, but for paths, which reports need as they are and make visible themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from logscrub.code.literals import may_hold_secret, may_hold_token, without_tokens
from logscrub.code.model import Argument, CodeFinding, CodeResult, Elsewhere, LogCall, Problem, Repair, Step, Suppressed
from logscrub.report.visible import visible

Clean = Callable[[str], str]


def shown(result: CodeResult) -> CodeResult:
    """Return a result whose texts can be printed; paths are left as they are.

    >>> from logscrub.code.model import Place
    >>> call = LogCall(Place("a.py", 1), "f", "print", "", "", ("password=hunter2 ", 0), ())
    >>> shown(CodeResult(calls=(call,))).calls[0].parts
    ('password=[password] ', 0)
    """
    clean = lru_cache(maxsize=65536)(_clean_code)
    printed = lru_cache(maxsize=65536)(clean_text)
    elsewhere = result.emitted_elsewhere
    return replace(
        result,
        findings=tuple(_finding(one, clean, printed) for one in result.findings),
        suppressed=tuple(
            Suppressed(_finding(one.finding, clean, printed), printed(one.reason), one.by) for one in result.suppressed
        ),
        calls=tuple(_call(one, clean, printed) for one in result.calls),
        problems=tuple(Problem(one.path, printed(one.reason), one.line, one.partial) for one in result.problems),
        emitted_elsewhere=elsewhere and tuple(_elsewhere(one, clean, printed) for one in elsewhere),
    )


def clean_text(text: str) -> str:
    """Return a text that can be printed and holds no secret."""
    if may_hold_secret(text):  # loading all rules takes longer than most audits
        from logscrub.scrubber import default_scrubber

        text = without_tokens(default_scrubber().scrub_text(text))
    return visible(text)


def _clean_code(text: str) -> str:
    """The same for code whose literals were left out: only a name or a key could be a secret."""
    return clean_text(text) if may_hold_token(text) else visible(text)


def _finding(finding: CodeFinding, clean: Clean, printed: Clean) -> CodeFinding:
    repair = finding.repair
    return replace(
        finding,
        rule=clean(finding.rule),
        field=clean(finding.field),
        function=clean(finding.function),
        level=clean(finding.level),
        expression=clean(finding.expression),
        message=clean(finding.message),
        printed=printed(finding.printed),
        steps=tuple(Step(step.place, clean(step.text)) for step in finding.steps),
        fix=clean(finding.fix),
        repair=repair and Repair(clean(repair.action), repair.place, clean(repair.text), clean(repair.name)),
        note=clean(finding.note),
        emitted=_emitted(finding.emitted, printed),
    )


def _elsewhere(one: Elsewhere, clean: Clean, printed: Clean) -> Elsewhere:
    return Elsewhere(
        # A path that only the ledger knows is no path of the project.
        one.path if len(one.calls) == 1 else printed(one.path),
        one.line,
        printed(one.logger),
        _emitted(one.emitted, printed),
        tuple(_call(call, clean, printed) for call in one.calls),
    )


def _emitted(emitted: tuple[tuple[str, int], ...], printed: Clean) -> tuple[tuple[str, int], ...]:
    return tuple((printed(rule), count) for rule, count in emitted)


def _call(call: LogCall, clean: Clean, printed: Clean) -> LogCall:
    return replace(
        call,
        function=clean(call.function),
        sink=clean(call.sink),
        receiver=clean(call.receiver),
        level=clean(call.level),
        parts=_parts(call, printed),
        arguments=tuple(_argument(one, clean) for one in call.arguments),
        logger=clean(call.logger),
    )


def _parts(call: LogCall, clean: Clean) -> tuple[str | int, ...] | None:
    if call.parts is None:
        return None
    parts = tuple(clean(part) if isinstance(part, str) else part for part in call.parts)
    # What makes a secret may stand in one piece and the secret in another.
    whole = replace(call, parts=parts).template
    return parts if clean(whole) == whole else (clean(whole),)


def _argument(argument: Argument, clean: Clean) -> Argument:
    return replace(
        argument,
        expression=clean(argument.expression),
        name=clean(argument.name),
        field=clean(argument.field),
    )
