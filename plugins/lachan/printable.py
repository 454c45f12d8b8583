"""Text from outside as it may be printed: in a log, on a terminal, in a message or on a page."""

from __future__ import annotations

import unicodedata

CONTROL_PICTURES = {chr(code): chr(0x2400 + code) for code in range(0x20)} | {"\x7f": "\u2421"}
"""Control characters, and the characters that show them: PostgreSQL refuses NUL in JSON, terminals obey the others."""
_AS_PICTURES = str.maketrans(CONTROL_PICTURES)
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")  # also those that turn the direction of writing, and line separators


def printable(text: str) -> str:
    """The text with pictures for control characters (U+2400 on), and \\uXXXX for others that change what is shown.

    A text without such characters is returned as it is; the result has no line breaks.
    """
    if text.isprintable():
        return text
    shown = text.translate(_AS_PICTURES)
    return "".join(f"\\u{ord(letter):04x}" if unicodedata.category(letter) in _UNSEEN else letter for letter in shown)
