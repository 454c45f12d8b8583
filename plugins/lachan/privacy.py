"""What keeps informants unknown: keyed pseudonyms, scrubbed free text, masked values in quarantine."""

from __future__ import annotations

import hashlib
import re

import polars as pl

# Polars runs these through Rust's regex engine: ASCII digits on purpose, they are ten times as fast as \d there.
_CUES = "ông|bà|anh|chị|em|cháu|cô|chú|bác|cụ|dì|cậu|mợ|thím|đồng chí|đ/c|tên là|tên|họ tên|người báo|liên hệ|gặp"
_SCRUBS = (
    ("[số]", r"\+?[0-9](?:[ .()\-\x{A0}]{0,3}[0-9]){8,}"),
    ("[biển số]", r"[0-9]{2}[ \-]?[A-Za-zĐđ][A-Za-z0-9]?[ \-.]{0,3}[0-9]{3}\.?[0-9]{2}"),
    (
        "${1}${2} [tên]",
        rf"(^|[^\p{{L}}])((?i:{_CUES}))(?::|\s+là)?(?:\s+\p{{Lu}}[\p{{L}}']*){{1,5}}",
    ),
)
_HAS = ("[0-9]{2}", "[0-9]{2}", r"\p{Lu}")


def scrub(values: pl.Series) -> pl.Series:
    """Free text without telephone and identity numbers, number plates, and names that a cue word announces.

    Runs of nine digits or more count as numbers, however they are parted. What is taken out leaves a mark
    in brackets. It takes out too much rather than too little.
    """
    for mark, pattern in _SCRUBS:
        values = values.str.replace_all(pattern, mark)
    return values


def remove_identities(texts: pl.Series, identities: list[pl.Series]) -> pl.Series:
    """Free text without the very words that the same row's identity columns hold, wherever they stand in it."""
    for identity in identities:
        words = identity.str.strip_chars()
        words = pl.select(pl.when(words.str.len_chars() >= 4).then(words)).to_series()
        frame = pl.DataFrame({"text": texts.str.to_lowercase(), "words": words.str.to_lowercase()})
        hits = frame.select(pl.col("text").str.contains(pl.col("words"), literal=True)).to_series().fill_null(False)
        if hits.any():
            rows = hits.arg_true()
            cleaned = [
                re.sub(re.escape(word), "[tên]", text, flags=re.IGNORECASE)
                for text, word in zip(texts.gather(rows), words.gather(rows), strict=True)
            ]
            texts = texts.scatter(rows, cleaned)
    return texts


def pseudonyms(values: pl.Series, key: bytes, column: str) -> pl.Series:
    """Keyed pseudonyms, `p_` and 32 hexadecimal digits: the same person in the same column gets the same one.

    BLAKE2b (RFC 7693) with the secret key, personalised by the column's name, so pseudonyms of different
    columns cannot be joined. Spelling is levelled first: case and spaces of names, separators and the country
    code of telephone numbers.
    """
    level = values.str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()
    digits = level.str.replace_all(r"[ .()\-]", "")
    is_number = digits.str.contains(r"^\+?[0-9]+$")
    local = digits.str.replace(r"^(?:\+84|84)", "0")
    level = pl.select(pl.when(is_number).then(local).otherwise(level)).to_series()
    start = hashlib.blake2b(key=key, digest_size=16, person=column.encode()[:16])

    def pseudonym(text: str) -> str:
        state = start.copy()
        state.update(text.encode())
        return "p_" + state.hexdigest()

    known = level.drop_nulls().unique()
    made = pl.Series([pseudonym(text) for text in known], dtype=pl.String)
    return level.replace_strict(known, made, default=None, return_dtype=pl.String)


def mask(value: str, *, secret: bool) -> str:
    """What may be shown of a value that could not be loaded.

    A secret shows nothing but its length. Elsewhere short runs of digits with their separators stay, so that a
    wrong date or number can be recognised; letters become `x`, long runs of digits become `9`.
    """
    if secret:
        return f"({len(value)} characters)"
    shown = re.sub(r"[^\W\d_]", "x", value[:200])
    shown = re.sub(r"\d(?:[ .()\-]{0,3}\d){8,}", lambda run: re.sub(r"\d", "9", run[0]), shown)
    return shown if len(value) <= 200 else f"{shown}… ({len(value):,} characters)"


def mask_column(values: pl.Series) -> pl.Series:
    """`mask` for a whole column that no contract declares: letters become `x`, digits `9`."""
    return values.str.slice(0, 200).str.replace_all(r"\p{L}", "x").str.replace_all(r"\p{Nd}", "9")
