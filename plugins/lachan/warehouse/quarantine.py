"""Records that could not be loaded: stored masked in ops.quarantined_row, with every reason."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import polars as pl

from lachan.warehouse.load_session import LoadSession


@dataclass(frozen=True)
class Reason:
    """Why a record was not loaded: the column, the rule it broke, what the rule expects, and the masked value found."""

    column: str
    rule: str
    expected: str
    found: str


@dataclass(frozen=True)
class Quarantined:
    """A record that was not loaded: its file and line, every reason, and its fields, masked."""

    file_id: int
    line: int
    reasons: tuple[Reason, ...]
    masked: dict[str, str]


def quarantine(session: LoadSession, feed: str, records: Iterable[Quarantined]) -> None:
    """Insert records into ops.quarantined_row."""
    rows = [
        {
            "file_id": record.file_id,
            "line_no": record.line,
            "feed": feed,
            "reasons": json.dumps([asdict(reason) for reason in record.reasons], ensure_ascii=False),
            "masked_row": json.dumps(record.masked, ensure_ascii=False),
        }
        for record in records
    ]
    types = {
        "file_id": pl.Int64,
        "line_no": pl.Int64,
        "feed": pl.String,
        "reasons": pl.String,
        "masked_row": pl.String,
    }
    session.append("ops.quarantined_row", pl.DataFrame(rows, schema=types))
