"""The ledger of export files: what was read, and what became of every record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime

import polars as pl

from lachan.settings import TIMEZONE
from lachan.warehouse.load_session import LoadSession

_ENTRY_TYPES: dict[str, pl.DataType] = {
    "file_id": pl.Int64(),
    "feed": pl.String(),
    "path": pl.String(),
    "sha256": pl.String(),
    "replay_no": pl.Int32(),
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
    replay_no: int = 0
    file_id: int = 0
    status: str = "loaded"
    reason: str | None = None
    duplicate_of: int | None = None
    encoding: str | None = None
    unknown_columns: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    rows_read: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    rows_duplicate: int = 0

    @property
    def gate(self) -> str:
        """Only a loaded file waits at the gate."""
        return "pending" if self.status == "loaded" else "none"

    def reject(self, reason: str) -> None:
        """Enter the file as unreadable."""
        self.status, self.reason = "rejected", reason
        self.rows_read = self.rows_loaded = self.rows_quarantined = self.rows_duplicate = 0

    def count(self, loaded: int = 0, quarantined: int = 0, duplicate: int = 0) -> None:
        """Add records by fate; the records read are their sum."""
        self.rows_loaded += loaded
        self.rows_quarantined += quarantined
        self.rows_duplicate += duplicate
        self.rows_read += loaded + quarantined + duplicate


def known_files(session: LoadSession) -> pl.DataFrame:
    """The first load of every file (path and content) of the session's feed, oldest first."""
    return session.select(
        "select file_id, path, sha256, size_bytes, export_date, fingerprint, read_at, status, rows_read, gate"
        " from ops.export_file where feed = %s and replay_no = 0 order by file_id",
        session.feed,
    )


def replayable(session: LoadSession) -> pl.DataFrame:
    """Loads of the session's feed that a replay may mend: rejected and never loaded since, or with rows waiting.

    A repeat of a file that was discarded since is one too, for its own name may say the right day. `lines` holds
    the waiting lines of a loaded file, and is null for one of which nothing was loaded.
    """
    return session.select(
        "select f.file_id, f.path, f.sha256, q.lines,"
        " (select max(e.replay_no) + 1 from ops.export_file e"
        "   where (e.feed, e.path, e.sha256) = (f.feed, f.path, f.sha256)) as replay_no"
        " from ops.export_file f left join ("
        "   select file_id, array_agg(line_no) as lines from ops.quarantined_row"
        "   where replayed_by is null and discarded_why is null group by 1"
        " ) q using (file_id) left join ops.export_file original on original.file_id = f.duplicate_of"
        " where f.feed = %s and f.gate <> 'discarded' and (q.lines is not null or ("
        "   (f.status = 'rejected' or original.gate = 'discarded') and not exists ("
        "     select from ops.export_file e where e.feed = f.feed and e.sha256 = f.sha256"
        "       and e.status = 'loaded' and e.gate <> 'discarded')))"
        " order by f.file_id",
        session.feed,
    )


def enter(session: LoadSession, entries: Sequence[Entry]) -> None:
    """Write entries into the ledger; an entry without a file_id gets one."""
    anonymous = [entry for entry in entries if not entry.file_id]
    for entry, file_id in zip(anonymous, session.new_file_ids(len(anonymous)), strict=True):
        entry.file_id = file_id
    rows = [{**asdict(entry), "gate": entry.gate} for entry in entries]
    session.append("ops.export_file", pl.DataFrame(rows, schema=_ENTRY_TYPES))


def close(session: LoadSession, entry: Entry) -> None:
    """Write what was not known of a file when it was entered, before it was read to its end."""
    session.execute(
        "update ops.export_file set rows_read = %s, rows_loaded = %s, rows_quarantined = %s, rows_duplicate = %s,"
        " warnings = %s, sha256 = %s where file_id = %s",
        entry.rows_read,
        entry.rows_loaded,
        entry.rows_quarantined,
        entry.rows_duplicate,
        entry.warnings,
        entry.sha256,
        entry.file_id,
    )


def refresh_fingerprint(session: LoadSession, entry: Entry) -> None:
    """Note that a file's bytes were read again and are those that the ledger knows."""
    session.execute(
        "update ops.export_file set fingerprint = %s, read_at = clock_timestamp()"
        " where feed = %s and path = %s and sha256 = %s",
        entry.fingerprint,
        entry.feed,
        entry.path,
        entry.sha256,
    )
