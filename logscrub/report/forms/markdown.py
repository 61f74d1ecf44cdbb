"""Markdown that quotes."""

from __future__ import annotations

import re

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def plain(text: str) -> str:
    r"""Keep Markdown, HTML and bare addresses in one line of text from meaning anything.

    >>> print(plain("<b>a|b</b> www.x.org"))
    \<b\>a\|b\<\/b\> www\.x\.org
    """
    return _PUNCTUATION.sub(r"\\\1", text)
