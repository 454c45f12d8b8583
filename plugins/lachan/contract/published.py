"""The columns of published tables, as the dbt contracts of their marts declare them.

The tables in the schema `reporting`, their comments, the comparison at publication and the function `figure_as_of` are
all derived from these declarations.
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
    """One column of a published table. If `is_revised`, a revision stores its value before and after the change."""

    name: str
    sql_type: str
    description: str
    is_required: bool
    is_revised: bool


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
    def revised_columns(self) -> list[PublishedColumn]:
        """Columns for which a revision stores the value before and after the change: the numbers of a figure."""
        return [column for column in self.columns if column.is_revised]

    @property
    def unrevised_columns(self) -> list[PublishedColumn]:
        """Columns for which a revision stores one value: the key and the description of a figure."""
        return [column for column in self.columns if not column.is_revised]


def published_tables(project: Path) -> dict[str, PublishedTable]:
    """The published tables by name, from dbt_project/models/marts/<name>.yml."""
    return {name: _table(project / "dbt_project" / "models" / "marts" / f"{name}.yml", name) for name in MARTS}


def _table(file: Path, name: str) -> PublishedTable:
    [model] = yaml.safe_load(file.read_text(encoding="utf-8"))["models"]
    [key] = [each["columns"] for each in model["constraints"] if each["type"] == "primary_key"]
    return PublishedTable(
        name=name,
        description=model["description"],
        key=tuple(key),
        columns=tuple(_column(declared) for declared in model["columns"]),
    )


def _column(declared: dict[str, Any]) -> PublishedColumn:
    return PublishedColumn(
        name=declared["name"],
        sql_type=declared["data_type"],
        description=declared["description"],
        is_required={"type": "not_null"} in declared.get("constraints", []),
        is_revised=declared.get("config", {}).get("meta", {}).get("revision") == "before_and_after",
    )
