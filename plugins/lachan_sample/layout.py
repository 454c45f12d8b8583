"""The layout of a feed's exports, read from its contract: path, headers, labels, formats of dates and times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Any

import yaml

Cell = str | int
Value = str | int | bool | date | datetime | list[str] | None
Mark = tuple[str, str]  # (kind, text as written): a personal detail or an unknown ward that the manifest lists


@dataclass(frozen=True, slots=True)
class Row:
    """One state of the record with this key, as a row of an export.

    `marks` are the personal details and unknown wards in the row. `last` is true for the newest state of
    the key. In a register, the state is valid from the day of `updated_at` to the day before `until`.
    """

    key: str
    updated_at: datetime
    cells: tuple[Cell, ...]
    marks: tuple[Mark, ...]
    last: bool = False
    until: date = date.max


@dataclass(frozen=True)
class Field:
    """A column: its type, its possible headers, and the labels with which each of its codes may be written."""

    name: str
    kind: str
    headers: tuple[str, ...]
    labels: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Layout:
    """The layout of one feed's exports.

    `path_pattern` and `delivery` (changes or snapshot) are those of the contract; `frequency` is its unit:
    d, w or mo, for one file a day, a week or a month. `title_rows` and `footer_label` are what the contract allows
    above and below the records.
    """

    feed: str
    path_pattern: str
    delivery: str
    frequency: str
    date_formats: tuple[str, ...]
    delimiter: str | None
    encoding: str | None
    sheet: str | None
    fields: tuple[Field, ...]
    title_rows: int
    footer_label: str | None

    def export_path(self, day: date, suffix: str = "") -> str:
        """Path of the day's export in the landing zone; `suffix` distinguishes several files of one day."""
        return self.path_pattern.replace("**", f"{day:%Y/%m}").replace("{date}*", f"{day:%Y%m%d}{suffix}")

    def position(self, column: str) -> int:
        """Index of the column in the contract's order."""
        return next(n for n, field in enumerate(self.fields) if field.name == column)

    def write_cells(self, rng: Random, values: Mapping[str, Value]) -> tuple[Cell, ...]:
        """Format a row's values in the contract's order; columns without a value are left empty.

        Where the contract allows several labels or date formats, one is chosen at random. Raises KeyError
        for a column that the contract does not have.
        """
        unknown = values.keys() - {field.name for field in self.fields}
        if unknown:
            raise KeyError(f"{self.feed} has no column {', '.join(sorted(unknown))}")
        return tuple(self._write_cell(rng, field, values.get(field.name)) for field in self.fields)

    def rewrite_cells(self, rng: Random, cells: tuple[Cell, ...], values: Mapping[str, Value]) -> tuple[Cell, ...]:
        """The cells with those of `values` written anew; the others keep their spelling."""
        written = self.write_cells(rng, values)
        return tuple(
            new if field.name in values else old for field, old, new in zip(self.fields, cells, written, strict=True)
        )

    def with_updated_at(self, row: Row, moment: datetime) -> Row:
        """The same state as if it had been saved again at this moment."""
        cells = list(row.cells)
        cells[self.position("updated_at")] = f"{moment:%d/%m/%Y %H:%M:%S}"
        return replace(row, updated_at=moment, cells=tuple(cells))

    def _write_cell(self, rng: Random, field: Field, value: Value) -> Cell:
        if value is None:
            return ""
        if field.labels:
            return rng.choice(field.labels[str(value)])
        if isinstance(value, datetime):
            return _write_time(rng, value, exact=field.name == "updated_at")
        if isinstance(value, date):
            alternative = len(self.date_formats) > 1 and rng.random() < 0.1
            return value.strftime(self.date_formats[alternative])
        if isinstance(value, list):
            return rng.choice((",", ", ")).join(value)
        return value


def read_layout(contract: Path) -> Layout:
    """Read the layout of a feed's exports from its contract."""
    declared = yaml.safe_load(contract.read_text(encoding="utf-8"))
    server, schema = declared["servers"][0], declared["schema"][0]
    custom = {entry["property"]: entry["value"] for part in (server, schema) for entry in part["customProperties"]}
    service = {entry["property"]: entry for entry in declared["slaProperties"]}
    return Layout(
        feed=declared["id"],
        path_pattern=server["path"],
        delivery=custom["delivery"],
        frequency=service["frequency"]["unit"],
        date_formats=tuple(custom["dateFormats"]),
        delimiter=custom.get("delimiter"),
        encoding=custom["encodings"][0] if "encodings" in custom else None,
        sheet=custom.get("sheet"),
        fields=tuple(_field(column) for column in schema["properties"]),
        title_rows=custom.get("titleRows", 0),
        footer_label=next(iter(custom.get("footerLabels", ())), None),
    )


def _field(column: dict[str, Any]) -> Field:
    labels: dict[str, tuple[str, ...]] = {}
    for entry in column.get("enum", []):
        labels[str(entry["value"])] = (*labels.get(str(entry["value"]), ()), entry["label"])
    headers = (column["businessName"], *(entry["synonym"] for entry in column.get("synonyms", [])))
    return Field(column["name"], column["logicalType"], headers, labels)


def _write_time(rng: Random, value: datetime, *, exact: bool) -> str:
    draw = rng.random()
    if exact or draw < 0.2:
        return f"{value:%d/%m/%Y %H:%M:%S}"
    if draw < 0.85:
        return f"{value:%d/%m/%Y %H:%M}"
    return f"{value:%d/%m/%Y} {value.hour}h{value.minute:02d}"
