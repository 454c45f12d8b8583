"""Text from outside as it may be printed: in a log, on a terminal, in a message or on a page."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

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


def with_known_words(text: str, known: Collection[str], max_digits: int) -> str:
    """The text with `x` for the letters of words that are not `known`, which are in small letters; printable.

    All digits become `9` if there are more of them than `max_digits`, because they may be a number of a person.
    """
    shown = re.sub(r"[^\W\d_]+", lambda word: word[0] if word[0].lower() in known else "x" * len(word[0]), text)
    if sum(letter.isdigit() for letter in text) > max_digits:
        shown = re.sub(r"\d", "9", shown)
    return printable(shown)


def cause(error: BaseException) -> str:
    """The type and the first words of an error of a library, up to what may be quoted from a file."""
    text = str(error).removeprefix("CSV parse error: ")
    words = re.split(r"[:'\"`(\[{\n]|[^\x20-\x7e]", text, maxsplit=1)[0].strip(" ,;")
    return f"{type(error).__name__}: {words[:100]}" if words else type(error).__name__
