"""Reports of evidence: one function for each format, all with the same signature, and how they are signed.

``FORMATS`` and ``write_signed`` are all that a caller needs. A format's module is imported when a report is first
written in it.
"""

from __future__ import annotations

import io
from dataclasses import replace
from typing import BinaryIO

from logscrub.comply.model import Report
from logscrub.comply.report.options import Options
from logscrub.comply.sign import MEMBER, Signature, Signer, canonical
from logscrub.report import lazy

Format = lazy.Format[Report, Options]

FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        Format("text", "for people", f"{__name__}.text"),
        Format("json", "everything, as one document (logscrub/comply/1)", f"{__name__}.json"),
        Format("html", "one page for a browser and for paper that needs nothing but itself", f"{__name__}.html"),
    )
}


def write_signed(report: Report, name: str, stream: BinaryIO, options: Options, signer: Signer | None = None) -> None:
    """Write a report with its signature, or without a key with its digest.

    Args:
        report: what was looked at, and what it came to.
        name: of the format.
        stream: takes the bytes: UTF-8.
        options: how. For a screen (``width`` is given) the text gets no signature: it is not the whole report.
        signer: signs it.

    Raises:
        KeyError: there is no such format.
    """
    options = replace(options, key_id=signer.key_id if signer else "")
    if name == "json":
        from logscrub.comply.report.json import document, laid_out

        data = document(report)
        stream.write(laid_out({**data, MEMBER: Signature.of(canonical(data), signer).members()}).encode())
        return
    text = io.StringIO()
    FORMATS[name](report, text, options)
    body = text.getvalue().encode("utf-8", "backslashreplace")
    stream.write(body)
    if name == "html" or options.width is None:
        stream.write(Signature.of(body, signer).block(markup=name == "html"))


__all__ = ["FORMATS", "Format", "Options", "write_signed"]
