"""Text as a person reads it: one sign for all that look alike, so that one pattern finds what was written with any."""

from __future__ import annotations

import html
import unicodedata

import polars as pl

_ALIKE = {"Ð": "Đ", "ð": "đ", "Ɖ": "Đ", "ɖ": "đ", "\u2212": "-", "\u2043": "-"}
_ALIKE |= dict.fromkeys("·•∙⋅․‧・", ".") | dict.fromkeys("“”„«»", '"') | dict.fromkeys("‘’‚", "'")
UNUSUAL = r"[\x{80}-\x{BF}ÐðƉɖ\x{250}-\x{1E9F}\x{1EFA}-\x{10FFFF}\t]|&(?:#|[a-z]+;)"
"""Regular expression of what `plain` may change: all but ASCII and the letters of Vietnamese."""


class _Signs(dict[int, str]):
    """What each character is read like, by its code: computed on first use, as `str.translate` asks for it."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        match unicodedata.category(sign):
            case "Pd":
                usual = "-"
            case "Zs" | "Cc" if sign not in "\n\r":
                usual = " "
            case "Zl" | "Zp":
                usual = "\n"
            case "Co":  # of private use: signs of symbol fonts
                usual = " "
            case "Cf":
                usual = ""
            case "Nd":  # digits of any script
                usual = str(unicodedata.decimal(sign))
            case _:
                usual = _ALIKE.get(sign, sign)
        self[code] = usual
        return usual


_SIGNS = _Signs()


def plain(text: str) -> str:
    """A text with usual signs: styled letters and digits, dashes, spaces, quotes and character references as usual
    ones, and without signs that are not seen.
    """
    unescaped = html.unescape(text) if "&" in text else text
    return unicodedata.normalize("NFKC", unescaped.translate(_SIGNS)).translate(_SIGNS)


def as_read(values: pl.Series, unusual: pl.Series, pattern: str) -> pl.Series:
    """Texts of which those at the row indexes `unusual` are rewritten in usual signs, if `pattern` then matches them.

    Those with character references are always rewritten: what they say is not searched otherwise.
    """
    rewritten = pl.Series([plain(text) for text in values.gather(unusual).to_list()], dtype=pl.String)
    referring = values.gather(unusual).str.contains("&", literal=True)
    matched = (rewritten.str.contains(pattern) | referring).arg_true()
    return values.clone().scatter(unusual.gather(matched), rewritten.gather(matched))
