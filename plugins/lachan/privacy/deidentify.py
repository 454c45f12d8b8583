"""Typed rows -> rows of the raw table, in which nothing names a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import polars as pl
import pyarrow as pa

from lachan.contract import Column, Feed
from lachan.contract.raw_table import POLARS_TYPES, raw_schema
from lachan.privacy import scrub
from lachan.privacy.identities import remove_identities
from lachan.privacy.masking import mask_column
from lachan.privacy.pseudonyms import pseudonyms

LINKS = {"column_name": pl.String(), "pseudonym": pl.String(), "earlier_pseudonym": pl.String()}
"""Columns of `links`."""


def deidentify(feed: Feed, rows: pl.DataFrame, source_text: pl.DataFrame, key: bytes, number: int = 1) -> pl.DataFrame:
    """Rows in the raw table's layout, in which nothing names a person.

    Identities are pseudonymised or dropped, free text is scrubbed, columns that the contract does not declare are
    masked, and the identities of a row are removed from its free text and unrestricted open text: also those in columns
    that the contract does not declare, if an identity column is empty or missing. `rows` are typed rows and
    `source_text` is their source text, both as in `Checked`; `key` is the pseudonym key (bytes) with this `number`.
    """
    free_text = [column.name for column in feed.columns if column.privacy == "free_text"]
    open_text = [column.name for column in feed.columns if _may_name_a_person(column, feed)]
    texts, to_scrub = scrub.find(_stack(rows[name] for name in free_text))
    searched = _unstack(scrub.scrub_numbers(texts, to_scrub), free_text)
    searched |= {name: rows[name] for name in open_text}
    identity_columns = [column.name for column in feed.columns if column.is_identity]
    identities = [(source_text if name in source_text.columns else rows)[name] for name in identity_columns]
    identities += _undeclared_identities(feed, rows, source_text)
    clean = remove_identities(pl.DataFrame(searched), identities, open_text)
    texts = _stack(clean[name] for name in free_text)
    clean |= _unstack(scrub.scrub_names(texts, to_scrub), free_text)
    for column in feed.columns:
        values = rows[column.name]
        if column.privacy == "drop":
            clean[column.name] = pl.repeat(None, rows.height, dtype=POLARS_TYPES[column.type], eager=True)
        elif column.privacy == "pseudonym" and column.type == "array":
            flat = values.explode(empty_as_null=False, keep_nulls=False)
            clean[column.name] = _regroup(pseudonyms(flat, key, column.name, number), values.list.len())
        elif column.privacy == "pseudonym":
            clean[column.name] = pseudonyms(values, key, column.name, number)
    columns = [clean.get(c.name, rows[c.name]).alias(c.name) for c in feed.columns]
    return pl.DataFrame(
        [rows["file_id"], rows["line_no"], *columns, _extra(feed, source_text, rows.height)], schema=raw_schema(feed)
    )


def _undeclared_identities(feed: Feed, rows: pl.DataFrame, source_text: pl.DataFrame) -> list[pl.Series]:
    """The columns without a contract, if an identity column is empty: they may be that column under another header."""
    if not any(column.is_identity and rows[column.name].null_count() == rows.height for column in feed.columns):
        return []
    declared = {column.name for column in feed.columns}
    return [source_text[name] for name in source_text.columns if name not in declared]


def links(feed: Feed, rows: pl.DataFrame, key: tuple[int, bytes], earlier: Mapping[int, bytes]) -> pl.DataFrame:
    """For each person in typed rows: the pseudonym, and those that the person has with earlier keys, by column."""
    found = [pl.DataFrame(schema=LINKS)]
    for column in feed.columns:
        if column.privacy != "pseudonym":
            continue
        values = rows[column.name]
        if column.type == "array":
            values = values.explode(empty_as_null=False, keep_nulls=False)
        people = values.drop_nulls().unique()
        for number, earlier_key in earlier.items():
            names = (
                pseudonyms(people, key[1], column.name, key[0]),
                pseudonyms(people, earlier_key, column.name, number),
            )
            found.append(pl.DataFrame([pl.repeat(column.name, people.len(), eager=True), *names], schema=LINKS))
    return pl.concat(found).unique()


def _stack(columns: Iterable[pl.Series]) -> pl.Series:
    """Text columns concatenated into one, so that each pattern is compiled and warmed up once, not once per column."""
    return pl.concat([pl.Series("", [], pl.String), *(column.alias("") for column in columns)], rechunk=True)


def _unstack(stacked: pl.Series, names: Sequence[str]) -> dict[str, pl.Series]:
    """The columns that `_stack` concatenated, by name."""
    height = stacked.len() // max(len(names), 1)
    return {name: stacked.slice(number * height, height) for number, name in enumerate(names)}


def _may_name_a_person(column: Column, feed: Feed) -> bool:
    """Whether an open text column is unrestricted: it has no list of values, and is no identifier."""
    restricted = column.labels or column.name in feed.key or column.name.endswith("_id")
    return column.privacy == "open" and column.type == "string" and not restricted


def _regroup(flat: pl.Series, lengths: pl.Series) -> pl.Series:
    """Values in lists of the given lengths; null where the length is null."""
    extents = pl.Series(np.concatenate(([0], lengths.fill_null(0).to_numpy().cumsum())), dtype=pl.Int64)
    lists = pl.Series(pa.LargeListArray.from_arrays(extents.to_arrow(), flat.to_arrow()))
    return pl.select(pl.when(lengths.is_not_null()).then(lists)).to_series()


def _extra(feed: Feed, source_text: pl.DataFrame, height: int) -> pl.Series:
    """The columns that the contract does not declare, masked, as JSON; null where a row has no value in any of them."""
    declared = {column.name for column in feed.columns}
    names = [name for name in source_text.columns if name not in declared]
    if not names:
        return pl.repeat(None, height, dtype=pl.String, eager=True)
    masked = source_text.select(mask_column(source_text[name]) for name in names)
    return masked.select(
        pl.when(pl.any_horizontal(pl.all().is_not_null())).then(pl.struct(pl.all()).struct.json_encode())
    ).to_series()
