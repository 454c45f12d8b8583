"""A table of a page: shown in HTML, and taken away as CSV or XLSX."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lachan import vietnamese
from lachan.report import sheets

Kind = Literal["text", "number", "figure", "ratio", "date", "instant"]
_WRITERS: dict[str, Callable[[Any], str]] = {
    "number": vietnamese.number,
    "ratio": vietnamese.percent,
    "date": vietnamese.day,
    "instant": vietnamese.instant,
}


@dataclass(frozen=True)
class Column:
    """A column: its key in the rows, its heading, and how its values are written (`figure`: by the row's unit).

    `link` is the key of the row under which an address stands that the value leads to. That a figure is hidden stands
    under `suppressed` for the whole row, or under the key with ` shown as` behind it.
    """

    key: str
    label: str
    kind: Kind = "text"
    link: str = ""

    @property
    def is_number(self) -> bool:
        """Whether values are aligned to the right."""
        return self.kind in ("number", "figure", "ratio")

    def shown(self, row: dict[str, Any]) -> str:
        """The value as a reader sees it."""
        value = row[self.key]
        if self.kind == "figure":
            if value is None and "hidden" in (row.get("suppressed"), row.get(f"{self.key} shown as")):
                return vietnamese.HIDDEN
            return vietnamese.figure(value, row["unit"])
        if self.kind == "text":
            return "" if value is None else str(value)
        return _WRITERS[self.kind](value)


@dataclass(frozen=True)
class Table:
    """Rows with their columns. `shown_rows` limits what the page shows; a download has all rows.

    `total_rows` is given where `rows` are only a part, because only a part was asked for.
    """

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[dict[str, Any]]
    shown_rows: int = 1000
    total_rows: int | None = None

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.rows) if self.total_rows is None else self.total_rows


def to_csv(table: Table) -> bytes:
    """The rows as CSV; no cell begins as a formula does."""
    heads = [column.label for column in table.columns]
    return sheets.to_csv(heads, ([row[column.key] for column in table.columns] for row in table.rows))


def to_xlsx(table: Table) -> bytes:
    """A workbook with a frozen, filterable head; rows beyond the limit of a sheet go to further sheets."""
    sheet = sheets.Sheet(
        "Số liệu",
        [column.label for column in table.columns],
        [[row[column.key] for column in table.columns] for row in table.rows],
        [[_is_ratio(column, row) for column in table.columns] for row in table.rows],
        [14 if column.kind != "text" else 30 for column in table.columns],
    )
    return sheets.to_xlsx(table.title, [sheet])


def hides(rows: list[dict[str, Any]]) -> bool:
    """Whether a number is hidden from the reader in any of the rows."""
    return any(row["suppressed"] == "hidden" for row in rows)


def _is_ratio(column: Column, row: dict[str, Any]) -> bool:
    return column.kind == "ratio" or (column.kind == "figure" and row["unit"] == vietnamese.RATIO)
