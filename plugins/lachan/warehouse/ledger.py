"""The ledger of export files (ops.export_file): which files were read, and the outcome of every record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl

from lachan.settings import TIMEZONE
from lachan.warehouse.load_session import LoadSession

_ENTRY_TYPES: dict[str, pl.DataType] = {
    "file_id": pl.Int64(),
    "feed": pl.String(),
    "path": pl.String(),
    "sha256": pl.String(),
    "delivery_no": pl.Int32(),
    "replay_no": pl.Int32(),
    "replay_of": pl.Int64(),
    "fingerprint": pl.String(),
    "export_date": pl.Date(),
    "size_bytes": pl.Int64(),
    "delivered_at": pl.Datetime("us", TIMEZONE),
    "status": pl.String(),
    "reason": pl.String(),
    "duplicate_of": pl.Int64(),
    "encoding": pl.String(),
    "unknown_columns": pl.List(pl.String()),
    "warnings": pl.List(pl.String()),
    "notes": pl.List(pl.String()),
    "identity_findings": pl.List(pl.String()),
    "rows_read": pl.Int64(),
    "rows_loaded": pl.Int64(),
    "rows_quarantined": pl.Int64(),
    "rows_duplicate": pl.Int64(),
    "run_id": pl.String(),
    "gate": pl.String(),
}


@dataclass
class Entry:
    """One load of one export file: a row of ops.export_file."""

    feed: str
    path: str
    sha256: str
    fingerprint: str
    export_date: date | None
    size_bytes: int
    delivered_at: datetime
    run_id: str
    delivery_no: int = 0
    replay_no: int = 0
    replay_of: int | None = None
    file_id: int = 0
    status: str = "loaded"
    reason: str | None = None
    duplicate_of: int | None = None
    encoding: str | None = None
    unknown_columns: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    missing_identities: list[str] = field(default_factory=list)
    identities: Counter[str] = field(default_factory=Counter)
    rows_read: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    rows_duplicate: int = 0

    @property
    def identity_findings(self) -> list[str]:
        """Why identities of people may be where they are not expected; the gate holds a file that has any finding."""
        return [
            *(
                f"the identity column {name} is missing: its values may be in another one"
                for name in self.missing_identities
            ),
            *(
                f"{name}: {count} values look like identities of people"
                for name, count in sorted(self.identities.items())
            ),
        ]

    @property
    def gate(self) -> str:
        """Gate state of a new entry: only a loaded file is judged by the gate."""
        return "pending" if self.status == "loaded" else "none"

    def reject(self, reason: str) -> None:
        """Mark the file as unreadable, with no records counted."""
        self.status, self.reason = "rejected", reason
        self.rows_read = self.rows_loaded = self.rows_quarantined = self.rows_duplicate = 0
        self.missing_identities, self.identities = [], Counter()

    def count(self, loaded: int = 0, quarantined: int = 0, duplicate: int = 0) -> None:
        """Add to the counts of records by outcome; `rows_read` grows by the sum."""
        self.rows_loaded += loaded
        self.rows_quarantined += quarantined
        self.rows_duplicate += duplicate
        self.rows_read += loaded + quarantined + duplicate

    def count_identities(self, found: Mapping[tuple[int, str], int]) -> None:
        """Add the values of this file that look like identities, which are given by file_id and column."""
        self.identities.update({name: count for (file_id, name), count in found.items() if file_id == self.file_id})


def known_files(session: LoadSession) -> pl.DataFrame:
    """The first load of every delivery of the session's feed with its standing (ops.delivery), oldest first."""
    return session.select("warehouse/known_files", feed_name=session.feed)


def replayable(session: LoadSession) -> pl.DataFrame:
    """Deliveries of the feed that a replay may complete: in force with quarantined rows, or rejected and not corrected.

    `lines` holds the line numbers of the quarantined rows; it is null for a file that was not loaded at all.
    """
    return session.select("warehouse/replayable_loads", feed_name=session.feed)


def enter(session: LoadSession, entries: Sequence[Entry]) -> None:
    """Insert entries into the ledger; an entry without a file_id gets a new one."""
    unnumbered = [entry for entry in entries if not entry.file_id]
    for entry, file_id in zip(unnumbered, session.new_file_ids(len(unnumbered)), strict=True):
        entry.file_id = file_id
    rows = [{name: getattr(entry, name) for name in _ENTRY_TYPES} for entry in entries]
    session.append("ops.export_file", pl.DataFrame(rows, schema=_ENTRY_TYPES))


def complete(session: LoadSession, entry: Entry) -> None:
    """Update the entry of a streamed file with its hash, counts and warnings, which are known only at its end."""
    session.run("warehouse/complete_entry", entry=entry)


def renew_statistics(session: LoadSession) -> None:
    """Let PostgreSQL count the ledger anew: its views join it with itself, which is planned by its statistics."""
    session.run("warehouse/analyze_ledger")


def renew_fingerprint(session: LoadSession, entry: Entry) -> None:
    """Store the new fingerprint of a file that was read again and has the same bytes as in the ledger."""
    session.run("warehouse/renew_fingerprint", entry=entry)
