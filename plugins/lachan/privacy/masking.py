"""What may be shown of a value that could not be loaded, or that no contract declares."""

from __future__ import annotations

import re

import polars as pl


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
