"""Typed rows -> rows of the raw table, with nothing in them that names a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl
import pyarrow as pa

from lachan.contract import Column, Feed
from lachan.contract.raw_table import POLARS_TYPES, raw_schema
from lachan.privacy import scrub
from lachan.privacy.identities import remove_identities
from lachan.privacy.masking import mask_column
from lachan.privacy.pseudonyms import pseudonyms


def conceal(feed: Feed, rows: pl.DataFrame, beside: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Rows in the raw table's layout: pseudonyms for identities, scrubbed free text, what is undeclared masked.

    `rows` and `beside` are those of `Checked`; `key` is the pseudonym key (bytes).
    """
    free = [column.name for column in feed.columns if column.privacy == "free_text"]
    opened = [column.name for column in feed.columns if _holds_words(column, feed)]
    texts = _below_one_another(rows[name] for name in free)
    telling = scrub.telling(texts)
    searched = _beside_one_another(scrub.scrub_numbers(texts, telling), free)
    searched |= {name: rows[name] for name in opened}
    hidden = [column.name for column in feed.columns if column.is_identity]
    identities = [(beside if name in beside.columns else rows)[name] for name in hidden]
    clean = remove_identities(pl.DataFrame(searched), identities, opened)
    texts = _below_one_another(clean[name] for name in free)
    clean |= _beside_one_another(scrub.scrub_names(texts, telling), free)
    for column in feed.columns:
        values = rows[column.name]
        if column.privacy == "drop":
            clean[column.name] = pl.repeat(None, rows.height, dtype=POLARS_TYPES[column.type], eager=True)
        elif column.privacy == "pseudonym" and column.type == "array":
            flat = values.explode(empty_as_null=False, keep_nulls=False)
            clean[column.name] = _regroup(pseudonyms(flat, key, column.name), values.list.len())
        elif column.privacy == "pseudonym":
            clean[column.name] = pseudonyms(values, key, column.name)
    columns = [clean.get(c.name, rows[c.name]).alias(c.name) for c in feed.columns]
    return pl.DataFrame(
        [rows["file_id"], rows["line_no"], *columns, _extra(feed, beside, rows.height)], schema=raw_schema(feed)
    )


def _below_one_another(columns: Iterable[pl.Series]) -> pl.Series:
    """Columns of text as one: a pattern is compiled, and warms up, in every call."""
    return pl.concat([pl.Series("", [], pl.String), *(column.alias("") for column in columns)], rechunk=True)


def _beside_one_another(whole: pl.Series, names: Sequence[str]) -> dict[str, pl.Series]:
    """The columns again, from one."""
    height = whole.len() // max(len(names), 1)
    return {name: whole.slice(number * height, height) for number, name in enumerate(names)}


def _holds_words(column: Column, feed: Feed) -> bool:
    """Whether an open column may hold any words: it is no code of a list or a pattern, and no key."""
    bound = column.labels or column.pattern is not None or column.name in feed.key
    return column.privacy == "open" and column.type == "string" and not bound


def _regroup(flat: pl.Series, lengths: pl.Series) -> pl.Series:
    """Values in lists of the given lengths; no list where the length is missing."""
    extents = pl.Series(np.concatenate(([0], lengths.fill_null(0).to_numpy().cumsum())), dtype=pl.Int64)
    lists = pl.Series(pa.LargeListArray.from_arrays(extents.to_arrow(), flat.to_arrow()))
    return pl.select(pl.when(lengths.is_not_null()).then(lists)).to_series()


def _extra(feed: Feed, text: pl.DataFrame, height: int) -> pl.Series:
    """Columns that no contract declares, masked, as JSON; null where there are none."""
    declared = {column.name for column in feed.columns}
    names = [name for name in text.columns if name not in declared]
    if not names:
        return pl.repeat(None, height, dtype=pl.String, eager=True)
    masked = text.select(mask_column(text[name]) for name in names)
    return masked.select(
        pl.when(pl.any_horizontal(pl.all().is_not_null())).then(pl.struct(pl.all()).struct.json_encode())
    ).to_series()
