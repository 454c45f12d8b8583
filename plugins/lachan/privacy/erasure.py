"""What takes the place of a person who was erased, in rows that are held and in rows that are loaded again."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl

from lachan.contract import Column, Feed

ERASED = "erased"
"""In place of a pseudonym. It is the same for everybody, so that it tells nobody apart."""
ERASED_TEXT = "[đã xóa]"
"""In place of a free text."""
EXTRA = "extra"
"""The column of raw tables that holds what the contract does not declare, masked."""


def pseudonym_columns(feed: Feed) -> tuple[Column, ...]:
    """The columns of a feed that hold pseudonyms."""
    return tuple(column for column in feed.columns if column.privacy == "pseudonym")


def columns_of_person(feed: Feed, name: str, with_texts: bool) -> list[str]:
    """The columns that hold what is known of the person whose pseudonym stands in the column `name`.

    These are the pseudonyms whose names begin with the same word (`informant_name`, `informant_phone`), and, with
    `with_texts`, the free texts of the row and what its file had besides the columns of the contract.
    """
    person = name.partition("_")[0]
    found = [column.name for column in pseudonym_columns(feed) if column.name.partition("_")[0] == person]
    if with_texts:
        found += [column.name for column in feed.columns if column.privacy == "free_text"] + [EXTRA]
    return found


def without_erased(feed: Feed, rows: pl.DataFrame, erased: Mapping[str, Collection[str]]) -> pl.DataFrame:
    """Rows of the raw table without the people who were erased from their items.

    `erased` has the keys of these items (the first column of the feed's key) by column. All members of a list become
    unknown, because which of them was the person is kept nowhere; their number stays, and with it every figure.
    """
    keys = rows[feed.key[0]]
    free_texts = {column.name for column in feed.columns if column.privacy == "free_text"}
    for name in erased.keys() & set(rows.columns):
        values, is_erased = rows[name], keys.is_in(list(erased[name]))
        if not is_erased.any():
            continue
        column = pl.col(name)
        if name == EXTRA:
            replaced: pl.Expr = pl.lit(None, pl.String)
        elif values.dtype == pl.List:
            replaced = column.list.eval(pl.when(True).then(pl.lit(ERASED)).otherwise(pl.element()))
        else:
            replaced = pl.lit(ERASED_TEXT if name in free_texts else ERASED)
        rows = rows.with_columns(pl.when(is_erased & values.is_not_null()).then(replaced).otherwise(column).alias(name))
    return rows
