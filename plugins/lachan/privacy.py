"""What keeps informants unknown: keyed pseudonyms, scrubbed free text, masked values in quarantine."""

from __future__ import annotations

import hashlib
import re
from typing import TypeVar

import polars as pl
import pyarrow as pa

Text = TypeVar("Text", pl.Expr, pl.Series)

# These run in polars' regex engine. ASCII digits and listed letters on purpose: there they are three to ten times as
# fast as \d and \p{Lu}.
_CAPITAL = "[A-ZÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝĂĐĨŨƠƯẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸ]"
_NAME = rf"{_CAPITAL}[^ \n,.;:()\"!?\[\]/0-9]*"
_CUES = (
    "ông|bà|anh|chị|em|cháu|cô|chú|bác|cụ|dì|cậu|mợ|thím|đồng chí|đ/c|tên|người báo|liên hệ|gặp|"
    "đối tượng|bị hại|nạn nhân|nhân chứng|tài xế|chủ nhà|chủ xe"
)
_SCRUBS = (
    (r"\+?[0-9](?:[ .()\-\x{A0}]{0,3}[0-9]){8,}|0[0-9]{2,3}[/,][0-9]{3}[/,][0-9]{3,4}", "[số]"),
    (r"[0-9]{2}[ \-]?[A-Za-zĐđ][A-Za-z0-9]?[ \-.]{0,3}[0-9]{3}\.?[0-9]{2}", "[biển số]"),
    (rf"(^|[ \n,.;:(\"'])((?i:{_CUES}))(?::| là)?[ \n]+{_NAME}(?: +{_NAME}){{0,4}}", "${1}${2} [tên]"),
)


def scrub(values: Text) -> Text:
    """Free text without telephone and identity numbers, number plates, and names that a cue word announces.

    Runs of nine digits or more count as numbers, however they are parted. What is taken out leaves a mark
    in brackets. It takes out too much rather than too little.
    """
    for pattern, mark in _SCRUBS:
        values = values.str.replace_all(pattern, mark)
    return values


def remove_identities(texts: pl.DataFrame, identities: list[pl.Series]) -> dict[str, pl.Series]:
    """Free texts without the very words that the same row's identity columns hold, wherever they stand in them.

    `texts` are the free-text columns of some rows, `identities` their identity columns in clear.
    """
    joined = pl.concat_str(pl.all(), separator="\n", ignore_nulls=True)
    together = texts.select(joined.str.to_lowercase()).to_series().alias("")
    words = [pl.when(identity.str.len_bytes() >= 4).then(identity.str.to_lowercase()) for identity in identities]
    hits = together.to_frame().select(
        pl.col("").str.contains(word, literal=True).fill_null(False).alias(str(number))
        for number, word in enumerate(words)
    )
    result = {name: texts[name] for name in texts.columns}
    for identity, hit in zip(identities, hits.iter_columns(), strict=True):
        if hit.any():
            rows = hit.arg_true()
            for name, text in result.items():
                cleaned = [_without(each, word) for each, word in zip(text[rows], identity[rows], strict=True)]
                result[name] = text.scatter(rows, cleaned)
    return result


def _without(text: str | None, word: str) -> str | None:
    return None if text is None else re.sub(re.escape(word), "[tên]", text, flags=re.IGNORECASE)


def pseudonyms(values: pl.Series, key: bytes, column: str) -> pl.Series:
    """Keyed pseudonyms, `p_` and 32 hexadecimal digits: the same person in the same column gets the same one.

    BLAKE2b (RFC 7693) with the secret key, personalised by the column's name, so pseudonyms of different
    columns cannot be joined. Spelling is levelled first: case and spaces of names, separators and the country
    code of telephone numbers.
    """
    start = hashlib.blake2b(key=key, digest_size=16, person=column.encode()[:16]).copy
    coded = values.to_arrow().dictionary_encode()
    made = []
    for text in coded.dictionary.to_pylist():
        state = start()
        state.update(_level(text).encode())
        made.append("p_" + state.hexdigest())
    return pl.Series(pa.array(made, pa.large_string()).take(coded.indices))


def _level(text: str) -> str:
    """One spelling for the many of a name or a telephone number."""
    if text[:1] not in "+(0123456789":
        return " ".join(text.casefold().split())
    digits = text
    for separator in " .()-\u00a0":
        digits = digits.replace(separator, "")
    return "0" + digits.removeprefix("+")[2:] if digits.startswith(("+84", "84")) else digits


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
