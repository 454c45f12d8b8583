"""The columns of published tables, as the dbt contracts of their marts declare them.

The tables in `reporting`, their comments, the comparison at publication and `figure_as_of` all follow from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

MARTS = ("figure", "report_sentence")
"""Marts whose rows are published under their own name in the schema `reporting`."""


@dataclass(frozen=True)
class PublishedColumn:
    """One column of a published table; of a revised one, revisions keep the value before and after."""

    name: str
    sql_type: str
    description: str
    is_required: bool
    is_revised: bool


@dataclass(frozen=True)
class PublishedTable:
    """A mart that is published: its columns in their order, and those that name a row."""

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[PublishedColumn, ...]

    @property
    def names(self) -> list[str]:
        """The names of all columns."""
        return [column.name for column in self.columns]

    @property
    def revised(self) -> list[PublishedColumn]:
        """The columns of which a revision keeps the value before and after: the numbers of a figure."""
        return [column for column in self.columns if column.is_revised]

    @property
    def described(self) -> list[PublishedColumn]:
        """The columns of which a revision keeps one value: what the figure is about."""
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
