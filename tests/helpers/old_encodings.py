"""Writes text in the encodings of Vietnamese before Unicode, most of which the product only decodes."""

from __future__ import annotations

import unicodedata

from lachan import encodings

_TONES = "\u0300\u0301\u0303\u0309\u0323"


def encoded(text: str, encoding: str) -> bytes:
    """The text in any encoding. Raises UnicodeEncodeError or KeyError if it cannot be written in it."""
    if encoding in ("windows-1258", "cp1258"):
        return _spread(text).encode("cp1258")
    if encoding == encodings.VNI:
        spelled = {letter: spelling for spelling, letter in encodings._VNI.items()}
        return "".join(spelled.get(letter, letter) for letter in text).encode("cp1252")
    if encoding in encodings._TABLES:
        codes = {letter: code for code, letter in enumerate(encodings._TABLES[encoding])}
        return bytes(codes[letter] for letter in text)
    return text.encode(encoding)


def _spread(text: str) -> str:
    """Letters with a tone as the letter and a combining mark, as windows-1258 has them."""
    spread = ""
    for letter in text:
        decomposed = unicodedata.normalize("NFD", letter)
        tone = next((mark for mark in decomposed[1:] if mark in _TONES), "")
        spread += unicodedata.normalize("NFC", decomposed.replace(tone, "") if tone else decomposed) + tone
    return spread
