"""What a feed is: where its files lie, how they are written, when they are due, and their columns."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Literal

LogicalType = Literal["string", "integer", "boolean", "date", "timestamp", "array"]
Frequency = Literal["d", "w", "mo"]
Privacy = Literal["open", "free_text", "pseudonym", "drop"]

SQL_TYPES: dict[LogicalType, str] = {
    "string": "text",
    "integer": "bigint",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamptz",
    "array": "text[]",
}


@dataclass(frozen=True)
class Column:
    """One column of an export: how its header is spelled, what may stand in it, who may see it."""

    name: str
    label: str
    description: str
    type: LogicalType
    privacy: Privacy
    required: bool
    headers: tuple[str, ...]
    labels: dict[str, str] = field(hash=False)
    pattern: str | None
    minimum: int | None
    maximum: int | None
    max_length: int | None
    max_items: int | None
    separator: str

    @property
    def sql_type(self) -> str:
        """PostgreSQL type of the column in the raw table."""
        return SQL_TYPES[self.type]

    @property
    def is_identity(self) -> bool:
        """Whether the column names a person: its values never reach the warehouse in clear."""
        return self.privacy in ("pseudonym", "drop")

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes that the column may hold; empty where any value may stand."""
        return tuple(dict.fromkeys(self.labels.values()))


@dataclass(frozen=True)
class GateChange:
    """What a contract says of one limit of the gate: other bounds or severity, or that it does not apply."""

    limit: str
    applies: bool
    at_least: float | None
    at_most: float | str | None
    severity: str | None
    reason: str


@dataclass(frozen=True)
class Feed:
    """One feed: where its files lie, how they are written, when they are due, and their columns.

    A file of `changes` holds the rows that are new or changed; one that is a `snapshot` is the whole register, and a
    row that is gone from it is closed.
    """

    name: str
    title: str
    description: str
    grain: str
    owner: str
    path: str
    format: Literal["csv", "xlsx"]
    delimiter: str
    encodings: tuple[str, ...]
    sheet: str | None
    max_bytes: int
    frequency: Frequency
    schedule: str
    latency_days: int
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    date_formats: tuple[str, ...]
    timestamp_formats: tuple[str, ...]
    delivery: Literal["changes", "snapshot"]
    distribution_column: str
    gate_changes: tuple[GateChange, ...]

    @property
    def looked_for_at(self) -> str:
        """When exports are looked for, as cron: each day at the scheduled hour, however rare they are."""
        return f"{' '.join(self.schedule.split()[:2])} * * *" if self.frequency != "d" else self.schedule

    @property
    def folder(self) -> str:
        """The part of the path before the first wildcard, without a slash at its end."""
        return re.split(r"[*{]", self.path, maxsplit=1)[0].rpartition("/")[0]

    def export_date(self, path: str) -> date | None:
        """The day that a file of the landing zone reports, or None where the path is not one of this feed's."""
        found = _path_pattern(self.path).fullmatch(path)
        if found is None:
            return None
        try:
            return date.fromisoformat(found["date"])
        except ValueError:
            return None


@cache
def _path_pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*|\{date\})", path)
    translated = {"**/": r"(?:[^/]+/)*", "*": r"[^/]*", "{date}": r"(?P<date>[0-9]{8})"}
    return re.compile("".join(translated.get(part, re.escape(part)) for part in parts))
