"""What keeps informants unknown: keyed pseudonyms, scrubbed free text, masked values in quarantine."""

from __future__ import annotations

import hmac
import re
from functools import cache
from typing import cast

import polars as pl
import polars_hash  # noqa: F401  # expressions learn `.chash` from it

from lachan.identities import MARK

# These run in polars' regex engine. ASCII digits and listed letters on purpose: there they are three to ten times as
# fast as \d and \p{Lu}.
_CAPITAL = "[A-ZÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝĂĐĨŨƠƯẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸ]"
_NAME = rf"{_CAPITAL}[^ \n,.;:()\"!?\[\]/0-9]*"
_CUES = (
    "ông|bà|anh|chị|em|cháu|cô|chú|bác|cụ|dì|cậu|mợ|thím|đồng chí|đ/c|tên|người báo|liên hệ|gặp|"
    "đối tượng|bị hại|nạn nhân|nhân chứng|tài xế|chủ nhà|chủ xe"
)
_NUMBER_START = "^[+(0-9]"
_SEPARATORS = r"[ .()\-\x{A0}]+"
_COUNTRY_CODE = r"^\+?84"
_SPACES = r"\s+"
_UNLEVEL = rf"^[+(]|^84|{_NUMBER_START}.*{_SEPARATORS}|^\s|\s$|\s\s|[^\S ]"
_NUMBERS = (
    (r"\+?[0-9](?:[ .()\-\x{A0}]{0,3}[0-9]){8,}|0[0-9]{2,3}[/,][0-9]{3}[/,][0-9]{3,4}", "[số]"),
    (r"[0-9]{2}[ \-]?[A-Za-zĐđ][A-Za-z0-9]?[ \-.]{0,3}[0-9]{3}\.?[0-9]{2}", "[biển số]"),
)
_CUED = rf"(^|[ \n,.;:(\"'])((?i:{_CUES}))(?::| là)?[ \n]+"
_CUED_NAME = rf"{_CUED}{_NAME}(?: +{_NAME}){{0,4}}"
_TELLING = "|".join((*(pattern for pattern, _ in _NUMBERS), _CUED + _CAPITAL))


def scrub(values: pl.Series) -> pl.Series:
    """Free text without telephone and identity numbers, number plates, and names that a cue word announces.

    Runs of nine digits or more count as numbers, however they are parted. What is taken out leaves a mark
    in brackets. It takes out too much rather than too little.
    """
    where = telling(values)
    return scrub_names(scrub_numbers(values, where), where)


def telling(values: pl.Series) -> pl.Series:
    """Places of the texts that `scrub` changes: one search for all patterns, and only few texts are rewritten.

    What is taken out leaves brackets, which no pattern matches: a scrubbed text tells nothing that it did not before.
    """
    return values.str.contains(_TELLING).arg_true()


def scrub_numbers(values: pl.Series, where: pl.Series) -> pl.Series:
    """The part of `scrub` that takes out numbers and plates, of the texts at these places."""
    found = values.gather(where)
    for pattern, mark in _NUMBERS:
        found = found.str.replace_all(pattern, mark)
    return values.clone().scatter(where, found)


def scrub_names(values: pl.Series, where: pl.Series) -> pl.Series:
    """The part of `scrub` that takes out names behind cue words, of the texts at these places."""
    return values.clone().scatter(where, values.gather(where).str.replace_all(_CUED_NAME, f"${{1}}${{2}} {MARK}"))


def pseudonyms(values: pl.Series, key: bytes, column: str) -> pl.Series:
    """Keyed pseudonyms, `p_` and 32 hexadecimal digits: the same person in the same column gets the same one.

    The first half of HMAC-SHA256 (FIPS 198-1). Each column has a key of its own, made of the secret one and the
    column's name, so pseudonyms of different columns cannot be joined. Spelling is levelled first: case and spaces
    of names, separators and the country code of telephone numbers.
    """
    coded = values.to_arrow().dictionary_encode()
    texts = _levelled(cast(pl.Series, pl.from_arrow(coded.dictionary)))
    digest = pl.col("").chash.hmac_sha256(key=_key_of(key, column))  # type: ignore[attr-defined]  # polars_hash adds it
    digests = texts.to_frame("").select(pl.lit("p_") + digest.str.slice(0, 32)).to_series()
    return digests.gather(cast(pl.Series, pl.from_arrow(coded.indices)))


@cache
def _key_of(key: bytes, column: str) -> str:
    return hmac.digest(key, column.encode(), "sha256").hex()


def _levelled(values: pl.Series) -> pl.Series:
    """One spelling for the many of a name or a telephone number."""
    text = values.str.to_lowercase()
    if not text.str.contains(_UNLEVEL).any():
        return text
    number = text.str.replace_all(_SEPARATORS, "").str.replace(_COUNTRY_CODE, "0")
    name = text.str.replace_all(_SPACES, " ").str.strip_chars()
    return pl.select(pl.when(text.str.contains(_NUMBER_START)).then(number).otherwise(name)).to_series()


def mask(value: str, *, secret: bool) -> str:
    """What may be shown of a value that could not be loaded.

    A secret shows nothing but its length. Elsewhere short runs of digits with their separators stay, so that a
    wrong date or number can be recognised; letters become `x`, long runs of digits become `9`.
    """
    if secret:
        return f"({len(value)} characters)"
    shown = re.sub(r"[^\W\d_]", "x", value)
    shown = re.sub(r"\d(?:[ .()\-\u00a0]{0,3}\d){8,}", lambda run: re.sub(r"\d", "9", run[0]), shown)[:200]
    return shown if len(value) <= 200 else f"{shown}… ({len(value):,} characters)"


def mask_all(value: str) -> str:
    """The shape of a text whose parts nobody knows: letters become `x`, digits `9`."""
    shown = re.sub(r"\d", "9", re.sub(r"[^\W\d_]", "x", value[:2000]))
    return shown if len(value) <= 2000 else f"{shown}… ({len(value):,} characters)"


def mask_column(values: pl.Series) -> pl.Series:
    """`mask` for a whole column that no contract declares: letters become `x`, digits `9`."""
    return values.str.slice(0, 200).str.replace_all(r"\p{L}", "x").str.replace_all(r"\p{Nd}", "9")
