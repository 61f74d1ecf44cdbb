"""``logscrub explain``."""

from __future__ import annotations

import difflib
import os
import re
import sys
from typing import TYPE_CHECKING

import click

from logscrub.cli.complete import files, names_to_explain
from logscrub.cli.options import config_options, configured
from logscrub.cli.output import COLORS, colored, screen_width
from logscrub.errors import ConfigError, SourceError
from logscrub.report.visible import visible

if TYPE_CHECKING:
    from logscrub.explain import Explanation, Reported
    from logscrub.policy import Policy

_ID = re.compile(r"(?=[a-f]*[0-9])[0-9a-f]{4,64}|[a-z]{16,}|[a-z0-9-]+-overflow")
_MOST_AT_ONCE = 10
_REPORT_ENDINGS = (".json", ".jsonl")


@click.command()
@click.argument("name", metavar="NAME", required=False, shell_complete=names_to_explain)
@click.option(
    "--in",
    "report",
    metavar="REPORT",
    shell_complete=files,
    help="Look the finding up in this report (JSON or JSON lines); - is standard input.",
)
@click.option("--ledger", metavar="FILE", shell_complete=files, help="Look the finding up in this ledger of scan.")
@click.option(
    "--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True, help="Form of it."
)
@click.option("--color", type=click.Choice(COLORS), default="auto", show_default=True, help="Colours in it.")
@config_options
def explain(
    name: str | None,
    report: str | None,
    ledger: str | None,
    form: str,
    color: str,
    config_path: str | None,
    isolated: bool,
) -> None:
    """Say what a rule or a finding is, and what to do about it.

    NAME is a rule (jwt), a category (secret.token, pii), a rule of the code auditor (code.secret-in-log), a standard or
    a clause of one (pci-dss:3.3.1), or the id of a finding, of which the beginning is enough. A finding is looked up in
    the report of --in, or in the ledger of --ledger. In place of NAME, the path of a report explains its findings; of
    more than ten it gives a list, to name one of.

    \b
    logscrub explain github-token
    logscrub explain pci-dss:3.3.1
    logscrub explain 13c4ad31 --in report.json
    logscrub scan app.log --format json | logscrub explain --in -
    """
    if name is not None and report is None and ledger is None and name.endswith(_REPORT_ENDINGS):
        name, report = None, name
    policy = configured(config_path, isolated).policy
    found = (
        _looked_up(name, report, ledger, policy) if report is not None or ledger is not None else _named(name, policy)
    )
    from logscrub.report.explanation import write_json, write_text
    from logscrub.report.options import Options

    if form == "json":
        write_json(found, sys.stdout)
        return
    write_text(found, sys.stdout, Options(color=colored(color, sys.stdout), width=screen_width(sys.stdout)))


def _named(name: str | None, policy: Policy) -> list[Explanation]:
    if name is None:
        raise click.UsageError("name a rule, a category, a clause or a finding: logscrub explain github-token")
    from logscrub.explain import explain

    try:
        return [explain(name, policy)]
    except ConfigError:
        if _ID.fullmatch(name):
            raise ConfigError(
                f"{name!r} names no rule; a finding is looked up in a report: logscrub explain {name} --in report.json "
                "(made with logscrub scan LOG --format json=report.json), or with --ledger FILE"
            ) from None
        raise


def _looked_up(name: str | None, report: str | None, ledger: str | None, policy: Policy) -> list[Explanation]:
    from logscrub.explain import explain_finding, read_ledger, read_report

    known: list[Reported] = []
    if report is not None:
        known += read_report(report, _bytes_of(report))
    if ledger is not None:
        known += read_ledger(ledger)
    where = visible(report or ledger or "")
    if name is None:
        if len(known) > _MOST_AT_ONCE:
            for one in known:
                click.echo(f"{one.id}  {one.title()}  {one.place()}")
            raise ConfigError(
                f"{where} has {len(known):,} findings; name one of them: logscrub explain {known[0].id} …"
            )
        if not known:
            click.echo(f"{where} has no findings", err=True)
        return [explain_finding(one, policy) for one in known]
    if len(name) < 4:
        raise click.UsageError(f"{visible(name)!r} is too short for the id of a finding: give four letters or more")
    fitting = [one for one in known if one.id.startswith(name)]
    exact = [one for one in fitting if one.id == name]
    if len(exact or fitting) > 1 and len({one.id for one in fitting}) > 1:
        raise ConfigError(f"{visible(name)!r} begins several ids: {', '.join(one.id for one in fitting[:5])}")
    if not fitting:
        close = difflib.get_close_matches(name, [one.id for one in known], n=1)
        hint = f"did you mean {close[0]}?" if close else f"it has {len(known):,} others; a report of another run?"
        raise ConfigError(f"{where} has no finding {visible(name)!r}; {hint}")
    return [explain_finding((exact or fitting)[0], policy)]


def _bytes_of(path: str) -> bytes:
    if path == "-":
        return sys.stdin.buffer.read()
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError as error:
        from logscrub.cli.hints import near_path

        hint = near_path(path) if not os.path.exists(path) else ""
        raise SourceError(f"{visible(path)}: cannot be read: {error.strerror}{f'; {hint}' if hint else ''}") from None
