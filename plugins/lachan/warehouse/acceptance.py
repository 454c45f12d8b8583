"""Decisions about loaded files: the gate or a person accepts, holds, discards or retracts them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from psycopg2.extensions import cursor as Cursor

from lachan.warehouse.statements import run

_LOCK = 138_001


def lock_gate(cursor: Cursor) -> None:
    """Take the gate's advisory lock until the transaction ends: only one process at a time decides about files."""
    cursor.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))


@dataclass(frozen=True)
class FileState:
    """State of one file: its standing (ops.delivery), its rows in quarantine, and the files that relate to it.

    `repeated_by` counts the other files with its bytes; `corrected_by` is the file in force that has replaced it at its
    path or, of a register, on its day.
    """

    feed: str
    standing: str
    waiting_rows: int
    repeated_by: int
    superseded_by: int | None
    corrected_by: int | None


def file_state(cursor: Cursor, file_id: int) -> FileState | None:
    """State of a file, read under the gate's lock; None when the ledger has no such file."""
    lock_gate(cursor)
    row = run(cursor, "warehouse/file_state", file_id=file_id).fetchone()
    return FileState(*row) if row else None


def discard_file(cursor: Cursor, file_id: int, why: str) -> None:
    """Set a file's gate state to `discarded`; its gate reason keeps the reason for which it was held."""
    run(cursor, "warehouse/discard_file", file_id=file_id, why=why)


def discard_quarantined_rows(cursor: Cursor, file_id: int, why: str) -> None:
    """Discard those quarantined rows of a file that no replay has loaded."""
    run(cursor, "warehouse/discard_quarantined_rows", file_id=file_id, why=why)


def record_decision(cursor: Cursor, decision: str, file_id: int, why: str, by: str, day: date | None = None) -> None:
    """Keep a decision (released, discarded, retracted): its reason, the name of the person, and a day that it gives."""
    run(cursor, "warehouse/insert_decision", decision=decision, file_id=file_id, why=why, decided_by=by, day=day)


def set_export_date(cursor: Cursor, file_id: int, day: date) -> None:
    """Let a file report another day than its name gives."""
    cursor.execute("update ops.export_file set export_date = %s where file_id = %s", (day, file_id))


def find_deliveries(
    cursor: Cursor, file_id: int | None, feed: str | None, day: date | None, path: str | None
) -> list[tuple[int, str, str, date | None]]:
    """Accepted deliveries, superseded ones included, by one of their files, or by feed and day or path.

    Returns delivery_id, feed, path and export date of each.
    """
    return run(cursor, "warehouse/accepted_deliveries", file_id=file_id, feed_name=feed, day=day, path=path).fetchall()


def retract_delivery(cursor: Cursor, delivery_id: int, why: str) -> None:
    """Set the gate state of all loads of a delivery to `retracted`."""
    run(cursor, "warehouse/retract_delivery", delivery_id=delivery_id, why=why)


def hold(cursor: Cursor, reasons: Mapping[int, str]) -> None:
    """Hold files; `reasons` maps each file_id to the reason."""
    run(cursor, "warehouse/hold_files", reasons=dict(reasons))


def accept(cursor: Cursor, file_ids: Iterable[int], reasons: Mapping[int, str], gate: str) -> int:
    """Accept those files whose gate state is `gate` (pending or held); returns how many.

    They get acceptance numbers, the oldest export first.
    """
    lock_gate(cursor)
    run(cursor, "warehouse/accept_files", file_ids=list(file_ids), reasons=dict(reasons), gate=gate)
    return cursor.rowcount
