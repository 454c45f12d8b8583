"""The columns of published tables, as the dbt contracts of their marts declare them.

The tables and views in the schema `reporting`, their comments, the comparison at publication and the function
`figure_as_of` are all derived from these declarations.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

MARTS = ("figure", "report_sentence")
"""Marts that are published as tables of the same name in the schema `reporting`."""


@dataclass(frozen=True)
class PublishedColumn:
    """One column of a published table.

    If `is_revised`, reporting.figure_revision shows its value before and after the change. `stored_in` names the table
    that holds a column of figures: reporting.figure_<stored_in>; `storage` means that the view in `reporting` does not
    show it. If `is_generated`, it is computed from others: of figures by that table, of sentences by the view.
    """

    name: str
    sql_type: str
    description: str
    is_required: bool
    is_revised: bool
    is_generated: bool
    stored_in: str


@dataclass(frozen=True)
class ViewColumn:
    """One column of a view of figures: its name, and the table (by its alias in the view) and column that hold it."""

    name: str
    table: str
    column: str


SUPPRESSED = ViewColumn("suppressed", "clearance", "suppressed")
"""Column of reporting.figure: why readers who are not cleared do not see the numbers; each reader has its own."""


@dataclass(frozen=True)
class PublishedTable:
    """A mart that is published: its columns in order, and `key`, the names of the columns that identify a row."""

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[PublishedColumn, ...]

    @property
    def names(self) -> list[str]:
        """The names of all columns."""
        return [column.name for column in self.columns]

    @property
    def stored_columns(self) -> list[PublishedColumn]:
        """Columns that are stored; the others are computed from them."""
        return [column for column in self.columns if not column.is_generated]

    @property
    def stored_names(self) -> list[str]:
        """The names of the stored columns."""
        return [column.name for column in self.stored_columns]

    @property
    def shown_columns(self) -> list[PublishedColumn]:
        """Columns that the view in `reporting` shows to readers."""
        return [column for column in self.columns if column.stored_in != "storage"]

    @property
    def revised_columns(self) -> list[PublishedColumn]:
        """Columns that a revision shows before and after the change: the numbers of a figure."""
        return [column for column in self.columns if column.is_revised]

    @property
    def unrevised_columns(self) -> list[PublishedColumn]:
        """Columns of which a revision shows one value: the key and the description of a figure."""
        return [column for column in self.columns if not column.is_revised]

    @property
    def view_columns(self) -> list[ViewColumn]:
        """The columns of reporting.figure: those of the mart, and when which revision was published."""
        stored = [_stored(column) for column in self.columns]
        return [*stored, ViewColumn("revision_no", "state", "revision_no"), *_of_change(published_at="changed_at")]

    @property
    def revision_view_columns(self) -> list[ViewColumn]:
        """The columns of reporting.figure_revision."""
        state = [ViewColumn(name, "state", name) for name in ("revision_no", "change")]
        numbers = [
            ViewColumn(f"{when}_{column.name}", table, column.name)
            for column in self.revised_columns
            for when, table in (("old", "previous"), ("new", "state"))
        ]
        change = _of_change(changed_at="changed_at", run_id="run_id", why="why", publication_id="publication_id")
        return [*(_stored(each) for each in self.unrevised_columns), *state, *numbers, *change]


def _stored(column: PublishedColumn) -> ViewColumn:
    table = {"window": "reporting_window"}.get(column.stored_in, column.stored_in)  # window is a keyword of SQL
    return ViewColumn(column.name, table, column.name)


def _of_change(**columns: str) -> list[ViewColumn]:
    return [ViewColumn(name, "change", column) for name, column in columns.items()]


def published_tables(project: Path) -> dict[str, PublishedTable]:
    """The published tables by name, from dbt_project/models/marts/<name>.yml."""
    return {name: _table(project / "dbt_project" / "models" / "marts" / f"{name}.yml", name) for name in MARTS}


def _table(file: Path, name: str) -> PublishedTable:
    [model] = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)["models"]
    [key] = [each["columns"] for each in model["constraints"] if each["type"] == "primary_key"]
    return PublishedTable(
        name=name,
        description=model["description"],
        key=tuple(key),
        columns=tuple(_column(declared) for declared in model["columns"]),
    )


def _column(declared: dict[str, Any]) -> PublishedColumn:
    meta = declared.get("config", {}).get("meta", {})
    return PublishedColumn(
        name=declared["name"],
        sql_type=declared["data_type"],
        description=declared["description"],
        is_required={"type": "not_null"} in declared.get("constraints", []),
        is_revised=meta.get("revision") == "before_and_after",
        is_generated=meta.get("is_generated", False),
        stored_in=meta.get("published_in", "state"),
    )
