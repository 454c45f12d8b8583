"""Free text without telephone numbers, identity numbers, number plates and names."""

from __future__ import annotations

import polars as pl

from lachan.privacy.identities import MARK

# These patterns run in polars' regex engine. They list ASCII digits and capital letters because that is three to ten
# times as fast there as \d and \p{Lu}.
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
_SCRUBBED = "|".join((*(pattern for pattern, _ in _NUMBERS), _CUED + _CAPITAL))


def scrub(values: pl.Series) -> pl.Series:
    """Free text without telephone and identity numbers, number plates, and names that follow a cue word.

    Every run of nine or more digits counts as a number, also with separators between the digits. A mark in brackets
    replaces what is removed. Some harmless text is removed too, so that fewer names are missed.
    """
    where = rows_to_scrub(values)
    return scrub_names(scrub_numbers(values, where), where)


def rows_to_scrub(values: pl.Series) -> pl.Series:
    """Row indexes of the texts that `scrub` changes, found by one search for all patterns.

    Few texts match, so only few are rewritten. The indexes stay valid while parts of the texts are replaced by marks:
    a mark is in brackets, which no pattern matches, so a replacement creates no new match.
    """
    return values.str.contains(_SCRUBBED).arg_true()


def scrub_numbers(values: pl.Series, where: pl.Series) -> pl.Series:
    """The first step of `scrub`: remove numbers and number plates from the texts at these row indexes."""
    found = values.gather(where)
    for pattern, mark in _NUMBERS:
        found = found.str.replace_all(pattern, mark)
    return values.clone().scatter(where, found)


def scrub_names(values: pl.Series, where: pl.Series) -> pl.Series:
    """The second step of `scrub`: remove names that follow cue words from the texts at these row indexes."""
    return values.clone().scatter(where, values.gather(where).str.replace_all(_CUED_NAME, f"${{1}}${{2}} {MARK}"))
