"""Free text without telephone numbers, identity numbers, number plates and names."""

from __future__ import annotations

import polars as pl

from lachan.privacy.identities import MARK

# These run in polars' regex engine. ASCII digits and listed letters on purpose: there they are three to ten times as
# fast as \d and \p{Lu}.
_CAPITAL = "[A-ZÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝĂĐĨŨƠƯẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸ]"
_NAME = rf"{_CAPITAL}[^ \n,.;:()\"!?\[\]/0-9]*"
_CUES = (
    "ông|bà|anh|chị|em|cháu|cô|chú|bác|cụ|dì|cậu|mợ|thím|đồng chí|đ/c|tên|người báo|liên hệ|gặp|"
    "đối tượng|bị hại|nạn nhân|nhân chứng|tài xế|chủ nhà|chủ xe"
)
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
