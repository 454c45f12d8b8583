"""What housekeeping has removed, or would remove."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Removed:
    """Rows or files (`items`) of one thing that are older than an instant, and their size in bytes.

    `is_rows` tells how to call them. Airflow does not tell the size of its rows: it is 0.
    """

    thing: str
    older_than: datetime
    items: int
    size: int
    is_rows: bool = True

    def __str__(self) -> str:
        what = "rows" if self.is_rows else "files"
        return f"{self.thing}: {self.items:,} {what} before {self.older_than:%F}, {self.size:,} bytes"
