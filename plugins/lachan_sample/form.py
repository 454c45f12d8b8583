"""How a desk fills in a feed's export: headers, labels and number formats, taken from the feed's contract."""

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
Mark = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """One state of one key, as it will stand in an export.

    `marks` are what was planted in it: (kind, text as written). `last` says that no newer state follows.
    A register holds the state from the day of `updated_at` until the day before `until`.
    """

    key: str
    updated_at: datetime
    cells: tuple[Cell, ...]
    marks: tuple[Mark, ...]
    last: bool = False
    until: date = date.max


@dataclass(frozen=True)
class Field:
    """A column: its spellings in headers, and the labels of each of its codes."""

    name: str
    headers: tuple[str, ...]
    labels: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Form:
    """The shape of one feed's export; `every` is the unit of time of which each has one file: d, w or mo."""

    feed: str
    path: str
    delivery: str
    every: str
    date_formats: tuple[str, ...]
    delimiter: str | None
    encoding: str | None
    sheet: str | None
    fields: tuple[Field, ...]

    def file(self, day: date, suffix: str = "") -> str:
        """Path of the day's export below the landing zone; `suffix` parts deliveries of one day."""
        return self.path.replace("**", f"{day:%Y/%m}").replace("{date}*", f"{day:%Y%m%d}{suffix}")

    def position(self, column: str) -> int:
        """Where the column stands in the declared order."""
        return next(n for n, field in enumerate(self.fields) if field.name == column)

    def fill(self, rng: Random, values: Mapping[str, Value]) -> tuple[Cell, ...]:
        """Write a row's values as a desk would, in the declared order; what is not given is left empty."""
        unknown = values.keys() - {field.name for field in self.fields}
        if unknown:
            raise KeyError(f"{self.feed} has no column {', '.join(sorted(unknown))}")
        return tuple(self._write(rng, field, values.get(field.name)) for field in self.fields)

    def saved_again(self, row: Row, moment: datetime) -> Row:
        """The same state, saved once more at a later moment."""
        cells = list(row.cells)
        cells[self.position("updated_at")] = f"{moment:%d/%m/%Y %H:%M:%S}"
        return replace(row, updated_at=moment, cells=tuple(cells))

    def _write(self, rng: Random, field: Field, value: Value) -> Cell:
        if value is None:
            return ""
        if field.labels:
            return rng.choice(field.labels[str(value)])
        if isinstance(value, datetime):
            return _write_time(rng, value, exact=field.name == "updated_at")
        if isinstance(value, date):
            odd = len(self.date_formats) > 1 and rng.random() < 0.1
            return value.strftime(self.date_formats[odd])
        if isinstance(value, list):
            return rng.choice((",", ", ")).join(value)
        return value


def read_form(contract: Path) -> Form:
    """Read from a feed's contract what its exports look like."""
    declared = yaml.safe_load(contract.read_text(encoding="utf-8"))
    server, schema = declared["servers"][0], declared["schema"][0]
    custom = {entry["property"]: entry["value"] for part in (server, schema) for entry in part["customProperties"]}
    service = {entry["property"]: entry for entry in declared["slaProperties"]}
    return Form(
        feed=declared["id"],
        path=server["path"],
        delivery=custom["delivery"],
        every=service["frequency"]["unit"],
        date_formats=tuple(custom["dateFormats"]),
        delimiter=custom.get("delimiter"),
        encoding=custom["encodings"][0] if "encodings" in custom else None,
        sheet=custom.get("sheet"),
        fields=tuple(_field(column) for column in schema["properties"]),
    )


def _field(column: dict[str, Any]) -> Field:
    labels: dict[str, tuple[str, ...]] = {}
    for entry in column.get("enum", []):
        labels[str(entry["value"])] = (*labels.get(str(entry["value"]), ()), entry["label"])
    headers = (column["businessName"], *(entry["synonym"] for entry in column.get("synonyms", [])))
    return Field(column["name"], headers, labels)


def _write_time(rng: Random, value: datetime, *, exact: bool) -> str:
    draw = rng.random()
    if exact or draw < 0.2:
        return f"{value:%d/%m/%Y %H:%M:%S}"
    if draw < 0.85:
        return f"{value:%d/%m/%Y %H:%M}"
    return f"{value:%d/%m/%Y} {value.hour}h{value.minute:02d}"
