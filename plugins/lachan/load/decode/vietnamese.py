"""Whether a text that was decoded from single bytes reads as Vietnamese; almost any bytes can be decoded somehow."""

from __future__ import annotations

import unicodedata
from collections import Counter

MAX_ODD_SHARE = 0.02
"""Largest share of characters beyond ASCII that Vietnamese text does not have: signs that somebody typed."""
_MIN_ODD = 3
_BASES = "aăâeêioôơuưy"
_TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
_LETTERS = frozenset(
    letter
    for base in _BASES
    for tone in _TONES
    for letter in (unicodedata.normalize("NFC", base + tone), unicodedata.normalize("NFC", base.upper() + tone))
) | frozenset("đĐ")
_SIGNS = frozenset("\u00a0\u00ad\u2013\u2014\u2018\u2019\u201c\u201d\u2022\u2026°²³½±×§€₫")
# of the characters that these encodings give when they are read as windows-1258, those that Vietnamese lacks
_OTHER_ENCODINGS = {
    "TCVN3 (fonts such as .VnTime)": frozenset("§¨©ª«¬®µ¶·¸¹"),
    "VNI (fonts such as VNI-Times)": frozenset("øûïñåäëü"),
    "UTF-8 with damaged bytes": frozenset("º»¿¡¼½¾¢£¤¥"),
}


class Reading:
    """Counts, over the parts of a decoded text, the characters beyond ASCII and those that Vietnamese does not have."""

    def __init__(self) -> None:
        self._beyond_ascii = 0
        self._odd: Counter[str] = Counter()

    def add(self, text: str) -> None:
        """Count the characters of a further part of the text."""
        if text.isascii():
            return
        letters = Counter(letter for letter in unicodedata.normalize("NFC", text) if letter > "\x7f")
        self._beyond_ascii += letters.total()
        self._odd += Counter({letter: n for letter, n in letters.items() if letter not in _LETTERS | _SIGNS})

    @property
    def is_vietnamese(self) -> bool:
        """Whether at most a few of the characters are none of Vietnamese text."""
        odd = self._odd.total()
        return odd < _MIN_ODD or odd <= MAX_ODD_SHARE * self._beyond_ascii

    @property
    def likely_encoding(self) -> str | None:
        """The encoding to which most of the odd characters point; None if it is none of those known here."""
        counts = {name: sum(self._odd[letter] for letter in letters) for name, letters in _OTHER_ENCODINGS.items()}
        best = max(counts, key=lambda name: counts[name])
        return best if counts[best] * 2 >= self._odd.total() else None
