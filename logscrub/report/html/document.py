"""The frame of a page that loads nothing from anywhere, which its content security policy enforces."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files as resources

_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Crect width='16' height='16' rx='3' fill='%231f5fa8'/%3E"
    "%3Cpath d='M4 5h8M4 8h3m2 0h3M4 11h8' stroke='%23fff' stroke-width='1.6'/%3E%3C/svg%3E"
)


def asset(name: str, package: str | None = None) -> str:
    """Return a file of a package as text; of this one, if none is named."""
    return (resources(package or __package__) / name).read_text("ascii")


def head(title: str, style: str, script: str = "") -> str:
    """Return a page up to its body.

    Args:
        title: of the page, as HTML.
        style: the style sheet.
        script: the script that the page is going to end with; without one no script runs.
    """
    allowed = {
        "default-src": "'none'",
        "style-src": _digest(style),
        "script-src": _digest(script) if script else "'none'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    policy = "; ".join(f"{name} {sources}" for name, sources in allowed.items())
    return (
        '<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name=viewport content="width=device-width, initial-scale=1">\n'
        '<meta name=color-scheme content="light dark">\n'
        "<meta name=referrer content=no-referrer>\n<meta name=robots content=noindex>\n"
        f'<title>{title} – logscrub</title>\n<link rel=icon href="{_ICON}">\n'
        f"<style>{style}</style>\n</head>\n"
    )


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
