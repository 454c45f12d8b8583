"""The layout of a feed's raw table: the columns that the loader adds to every row, and the columns of the contract.

The table in PostgreSQL, the frames that the loader appends to it, and the dbt source are all derived from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from lachan.contract.feed import SQL_TYPES, Feed, LogicalType
from lachan.settings import TIMEZONE

POLARS_TYPES: dict[LogicalType, pl.DataType] = {
    "string": pl.String(),
    "integer": pl.Int64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "timestamp": pl.Datetime("us", TIMEZONE),
    "array": pl.List(pl.String()),
}


@dataclass(frozen=True)
class RawColumn:
    """One column of a raw table; `label` is its Vietnamese header, empty for columns that the loader adds."""

    name: str
    sql_type: str
    polars_type: pl.DataType
    label: str
    description: str
    is_required: bool = False

    @property
    def comment(self) -> str:
        """The column's comment in the database: its Vietnamese header, if any, and its description."""
        return f"{self.label}. {self.description}" if self.label else self.description


def raw_columns(feed: Feed) -> tuple[RawColumn, ...]:
    """The columns of a feed's raw table, in order."""
    declared = (
        RawColumn(each.name, SQL_TYPES[each.type], POLARS_TYPES[each.type], each.label, each.description)
        for each in feed.columns
    )
    return (
        RawColumn("file_id", "bigint", pl.Int64(), "", "File that the row came from: ops.export_file", True),
        RawColumn("line_no", "bigint", pl.Int64(), "", "Line of that file on which the record starts", True),
        *declared,
        RawColumn("extra", "json", pl.String(), "", "Columns that the contract does not declare, masked"),
    )


def raw_schema(feed: Feed) -> dict[str, pl.DataType]:
    """Names and polars types of the columns of a feed's raw table, in order."""
    return {column.name: column.polars_type for column in raw_columns(feed)}
