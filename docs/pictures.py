"""Make the pictures of the documentation anew, from real runs over the sample logs.

    python docs/pictures.py [--chromium PROGRAM]

``images/scan-terminal.svg`` is what a terminal shows, with its colours; fonts are those of whoever looks at it.
``images/scan-report.png`` is the HTML report in Chromium.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
IMAGES = HERE / "images"
_COLUMNS = 96
_KEY = "only of the pictures"  # what is equally bad is put in order by its fingerprint
_TERMINAL = ["scan", "sample_logs/payments.logfmt", "--isolated", "--min-severity", "critical", "--color", "always"]

# rich's own form loads a font from elsewhere.
_SVG = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; \
font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


_DAY = datetime(2025, 3, 13, tzinfo=UTC).timestamp()  # the sample logs are of the day before


def logscrub(place: Path, *arguments: str) -> str:
    """Run a command in a directory and return what it prints."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "logscrub", *arguments],
        cwd=place,
        env={**os.environ, "COLUMNS": str(_COLUMNS), "LOGSCRUB_KEY": _KEY, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    return done.stdout


def samples(place: Path) -> None:
    """Copy the sample logs. Some name no year: it is that of the file."""
    shutil.copytree(ROOT / "sample_logs", place / "sample_logs")
    for log in (place / "sample_logs").iterdir():
        os.utime(log, (_DAY, _DAY))


def terminal(place: Path, page: Path) -> None:
    """Draw what a scan prints, with the command above it."""
    typed = " ".join(one for one in _TERMINAL if one not in ("--isolated", "--color", "always"))
    with open(os.devnull, "w") as nowhere:
        console = Console(record=True, width=_COLUMNS, file=nowhere, color_system="truecolor")
        console.print(Text(f"$ logscrub {typed}", style="bold"))
        console.print(Text.from_ansi(logscrub(place, *_TERMINAL)))
        drawn = console.export_svg(title="logscrub", theme=MONOKAI, code_format=_SVG, unique_id="terminal")
    page.write_text(drawn, "utf-8")


def report(place: Path, page: Path, chromium: str) -> None:
    """Take a picture of the HTML report."""
    logscrub(place, "scan", "sample_logs", "--isolated", "--no-progress", "--format", "html=report.html")
    subprocess.run(  # noqa: S603 - given by whoever runs this
        [
            chromium,
            *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-color-profile=srgb"),
            *(f"--user-data-dir={place}/profile", "--window-size=1200,900", f"--screenshot={page}"),
            f"file://{place}/report.html",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=120,
        check=True,
    )


def main() -> None:
    """Write both pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chromium", default=shutil.which("chromium") or "chromium", metavar="PROGRAM")
    chromium = parser.parse_args().chromium
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        place = Path(name)
        samples(place)
        terminal(place, IMAGES / "scan-terminal.svg")
        report(place, IMAGES / "scan-report.png", chromium)
    for picture in sorted(IMAGES.iterdir()):
        print(picture, picture.stat().st_size)


if __name__ == "__main__":
    main()
