"""The normal form in which headers, labels, sheet names and keys are compared."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

ETH_AS_D = str.maketrans("ÐðƉɖ", "ĐđĐđ")
"""Letters that look like Đ and đ, by which they are often typed."""


def normal_form(text: str) -> str:
    """The text with Đ for the letters that look like it, full-width letters as usual ones, a letter and its accents as
    one character, no characters that cannot be seen (Unicode category Cf), and single blanks.
    """
    if text.isascii():
        return " ".join(text.split())
    composed = unicodedata.normalize("NFKC", text.translate(ETH_AS_D))
    seen = "".join(letter for letter in composed if unicodedata.category(letter) != "Cf")
    return " ".join(seen.split())


@lru_cache(maxsize=1 << 12)
def comparable(text: str) -> str:
    """The normal form without differences of case; cached, because the headers of all files of a feed are alike."""
    return normal_form(text).casefold()
