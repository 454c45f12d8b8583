"""Whether a text reads as Vietnamese. Almost any bytes can be decoded somehow, so this is how an encoding is proved."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache

from lachan import encodings
from lachan.load.decode.spelling import ETH_AS_D

_MAX_ODD_SHARE = 0.02
"""Largest share of characters beyond ASCII that Vietnamese text does not have: signs that somebody typed."""
_MAX_MISFIT_SHARE = 0.1
"""Largest share of words beyond ASCII that are no syllables: names from other languages, words typed together."""
_FEW = 3
_CANDIDATES = ("utf-8", encodings.TCVN3, encodings.VNI, encodings.VISCII, "cp1258")
_NAMES = {
    "utf-8": "UTF-8 with damaged bytes",
    encodings.TCVN3: "TCVN3 (fonts such as .VnTime)",
    encodings.VNI: "VNI (fonts such as VNI-Times)",
    encodings.VISCII: "VISCII",
    "cp1258": "windows-1258",
}
_BASES = "aăâeêioôơuưy"
_TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
_LETTERS = "đĐ" + "".join(
    unicodedata.normalize("NFC", base + tone) for base in _BASES + _BASES.upper() for tone in _TONES
)
_SIGNS = "\u00a0\u00ad\u2013\u2014\u2018\u2019\u201c\u201d\u2022\u2026°²³½±×§€₫"
_BEYOND_ASCII = re.compile("[^\x00-\x7f]")
_ODD_LETTER = re.compile(f"[^\x00-\x7f{_LETTERS}{_SIGNS}]")
_WORD = re.compile(r"[^\W\d_]+")
_TONE = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
# onset, vowels and coda of a syllable without its tone; with those of names from the Central Highlands
_SYLLABLE = re.compile(
    "(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|kr|kl|br|[bcdđghklmnpqrstvx])?"
    "(?:iêu|yêu|ươi|ươu|uôi|oai|oay|oao|oeo|uyê|uya|uyu|uây|uêu|ai|ao|au|ay|âu|ây|eo|êu|ia|iê|iu|oa|oă|oe|oi|oo|ôi|ơi|"
    "ua|uâ|uê|ui|uô|uơ|uy|ưa|ươ|ưi|ưu|yê|[aăâeêioôơuưy])"
    "(?:ch|ng|nh|[cgkmnptr])?"
)
_VOWEL = re.compile("(?i)[^bcdđfghjklmnpqrstvwxz]")
_UTF_7 = re.compile(r"\+[A-Za-z0-9+/]{2,}-")
_VIQR = re.compile(r"(?i)(?:[aeo]\^|a\(|[ou]\+)[.'`?~]")  # two marks on one vowel


@lru_cache(maxsize=1 << 14)
def _is_syllable(word: str) -> bool:
    """Whether a word (of letters, in lower case) can be a Vietnamese syllable: its sounds, and one tone at most."""
    without_tone, tones = _TONE.subn("", unicodedata.normalize("NFD", word))
    return tones <= 1 and _SYLLABLE.fullmatch(unicodedata.normalize("NFC", without_tone)) is not None


class Reading:
    """Counts, over the parts of a text, what Vietnamese does not have: characters, and words that are no syllables.

    `words` is the number of words beyond ASCII, `misfits` of those that are no syllables.
    """

    def __init__(self, text: str = "") -> None:
        self._letters = self.odd_letters = 0
        self.words = self.misfits = 0
        self.add(text)

    def add(self, text: str) -> None:
        """Count the characters and the words beyond ASCII of a further part of the text."""
        if text.isascii():
            return
        composed = unicodedata.normalize("NFC", text.translate(ETH_AS_D))
        self._letters += len(_BEYOND_ASCII.findall(composed))
        self.odd_letters += len(_ODD_LETTER.findall(composed))
        for word, count in Counter(_WORD.findall(composed.lower())).items():
            if not word.isascii() and _VOWEL.search(word):  # without a vowel it is an abbreviation
                self.words += count
                self.misfits += 0 if _is_syllable(word) else count

    @property
    def is_flawless(self) -> bool:
        """Whether all characters and words are those of Vietnamese text."""
        return self.odd_letters == self.misfits == 0

    @property
    def is_vietnamese(self) -> bool:
        """Whether at most a few of the characters, and of the words, are none of Vietnamese text."""
        odd_are_few = self.odd_letters < _FEW or self.odd_letters <= _MAX_ODD_SHARE * self._letters
        return odd_are_few and (self.misfits < _FEW or self.misfits <= _MAX_MISFIT_SHARE * self.words)


def likely_encoding(data: bytes) -> str | None:
    """The name of the encoding in which bytes read as Vietnamese; None if there is none, or too little to judge by."""
    for encoding in _CANDIDATES:
        reading = Reading(data.decode(encoding, "ignore" if encoding == "utf-8" else "replace"))
        if reading.words >= _FEW and reading.is_vietnamese:
            return _NAMES[encoding]
    return None


def may_be_misread(text: str) -> bool:
    """Whether `misread_as` may find a misreading in any part of a text; false positives are possible."""
    reading = Reading(text)
    return max(reading.odd_letters, reading.misfits, len(_VIQR.findall(text)), len(_UTF_7.findall(text))) >= _FEW


def misread_as(text: str) -> str | None:
    """The name of the encoding of a text that was converted to Unicode as if it were in another one; else None.

    Also UTF-7 and VIQR, which write Vietnamese in ASCII.
    """
    if text.isascii():
        if len(_VIQR.findall(text)) >= _FEW:
            return "VIQR"
        encoded = _UTF_7.findall(text)
        decoded = " ".join(run.encode().decode("utf-7", "ignore") for run in encoded)
        return "UTF-7" if len(encoded) >= _FEW and not decoded.isascii() and Reading(decoded).is_vietnamese else None
    if Reading(text).is_vietnamese:
        return None
    data = _as_single_bytes(text)
    lost, beyond_ascii = len(text) - len(data), len(_BEYOND_ASCII.findall(text))
    found = likely_encoding(data) if lost <= _MAX_ODD_SHARE * beyond_ascii else None
    return "UTF-8 that was encoded twice" if found == _NAMES["utf-8"] else found


def _as_single_bytes(text: str) -> bytes:
    """The bytes of a text as it was taken for windows-1252 or Latin-1, without what is in neither."""
    return b"".join(letter.encode("cp1252", "ignore") or letter.encode("latin-1", "ignore") for letter in text)
