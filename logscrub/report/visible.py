"""Text that came out of files, made safe to print."""

from __future__ import annotations


def visible(text: str) -> str:
    r"""Write every character that a terminal would act on, or that nobody would see, as an escape.

    Control characters, terminal escapes, line breaks, text direction marks and bytes that are no text.

    >>> print(visible("a\x1b[2Jb\n\u202ec \udcff é"))
    a\x1b[2Jb\n\u202ec \xff é
    """
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else _escape(letter) for letter in text)


def _escape(letter: str) -> str:
    code = ord(letter)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a path that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return letter.encode("unicode_escape").decode("ascii")
