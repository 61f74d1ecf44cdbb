"""``logscrub comply verify`` and ``logscrub comply key``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from logscrub.cli.options import config_options, configured
from logscrub.report.visible import visible

if TYPE_CHECKING:
    from logscrub.comply.verify import Line, Verification

SCHEMA = "logscrub/verification/1"


@click.command()
@click.argument("reports", nargs=-1, required=True, metavar="REPORT...", type=click.Path())
@click.option(
    "--key",
    "key",
    metavar="FILE",
    type=click.Path(),
    help="The public key of whoever signs: the FILE.pub of their key.",
)
@click.option("--no-files", is_flag=True, help="Look at the reports only, not at the files they are about.")
@click.option(
    "--root",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False),
    help="The files are below DIR now, with the paths they have in the report.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="Form of the answer.",
)
@config_options
def verify(
    reports: tuple[str, ...],
    key: str | None,
    no_files: bool,
    root: str | None,
    form: str,
    config_path: str | None,
    isolated: bool,
) -> int:
    """Find out whether reports, and the logs they are about, are what they were.

    REPORT is a report of 'logscrub comply' in any form, a ledger, or a manifest of redaction. Its signature is checked,
    and that it was made with the key you name; then the files it lists, by their digests, and the ends of the ledgers
    and manifests.

    Exit codes: 0 all is as it was, 1 something was changed or is gone, 2 something could not be verified: there is no
    signature, nobody said whose key it is, or a file cannot be read.

    \b
    logscrub comply verify evidence.html --key audit.pem.pub
    logscrub comply verify evidence.json --key audit.pem.pub --root /mnt/copy
    """
    from logscrub.comply.verify import verify as verified

    ledger_key = configured(config_path, isolated).policy.key
    answers = [verified(one, key, not no_files, root, ledger_key) for one in reports]
    if form == "json":
        click.echo(json.dumps({"schema": SCHEMA, "reports": [_data(one) for one in answers]}, indent=2))
    else:
        for answer in answers:
            for line in _lines(answer):
                click.echo(line)
    codes = {answer.exit_code for answer in answers}
    return 1 if 1 in codes else max(codes)


@click.command()
@click.argument("path", metavar="FILE", type=click.Path())
def key(path: str) -> None:
    """Make a key to sign reports with.

    FILE gets the private half, which only you can read; FILE.pub gets the public half, for those who verify. Give them
    the id of the key on another way than the reports.

    \b
    logscrub comply key audit.pem
    logscrub comply logs --control pci-dss --format html=evidence.html --sign audit.pem
    """
    from logscrub.comply.sign import new_key

    identity = new_key(path)
    click.echo(
        f"{visible(path)}: keep it secret, and out of version control; {visible(path)}.pub: give it to those who verify"
    )
    click.echo(f"key {identity}")


def _lines(answer: Verification) -> Iterator[str]:
    yield f"{visible(answer.path)}: {answer.outcome}"
    good: Counter[str] = Counter()
    for line in answer.lines:
        if line.about == "file" and line.outcome == "good":
            good["unchanged" if line.said == "unchanged" else "unchanged, and longer than they were"] += 1
        else:
            yield f"  {_told(line)}"
    for said, count in good.items():
        yield f"  good: {count:,} {'file' if count == 1 else 'files'} {said}"


def _told(line: Line) -> str:
    about = {"signature": "signature", "key": f"key {line.what}"}.get(line.about, line.what)
    return f"{line.outcome}: {about}: {visible(line.said)}" if about else f"{line.outcome}: {visible(line.said)}"


def _data(answer: Verification) -> dict[str, Any]:
    return {
        "path": visible(answer.path),
        "form": answer.form,
        "outcome": str(answer.outcome),
        "key_id": answer.key_id or None,
        "checked": [
            {"about": line.about, "what": line.what or None, "outcome": str(line.outcome), "said": visible(line.said)}
            for line in answer.lines
        ],
    }
