"""Accept, hold or give up files: what the gate and people decide about a loaded file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from psycopg2.extensions import cursor as Cursor

from lachan.warehouse.statements import run

_LOCK = 138_001


def lock_gate(cursor: Cursor) -> None:
    """Wait for the gate's lock and keep it until the transaction ends: one process decides about files at a time."""
    cursor.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))


@dataclass(frozen=True)
class Standing:
    """Where one file stands: its row in the ledger, its rows in quarantine, and the deliveries that repeat it."""

    feed: str
    status: str
    gate: str
    waiting_rows: int
    repeated_by: int


def standing(cursor: Cursor, file_id: int) -> Standing | None:
    """Where a file stands, under the gate's lock; None when the ledger does not know it."""
    lock_gate(cursor)
    row = run(cursor, "warehouse/file_standing", file_id=file_id).fetchone()
    return Standing(*row) if row else None


def discard_file(cursor: Cursor, file_id: int, why: str) -> None:
    """Take a file out of the gate for good; why it was held stays in its reason."""
    run(cursor, "warehouse/discard_file", file_id=file_id, why=why)


def discard_quarantined_rows(cursor: Cursor, file_id: int, why: str) -> None:
    """Discard what waits in quarantine of a file."""
    run(cursor, "warehouse/discard_quarantined_rows", file_id=file_id, why=why)


def hold(cursor: Cursor, reasons: Mapping[int, str]) -> None:
    """Hold files back, each for its reason."""
    run(cursor, "warehouse/hold_files", reasons=dict(reasons))


def accept(cursor: Cursor, file_ids: Iterable[int], reasons: Mapping[int, str], gate: str) -> int:
    """Accept files that stand at `gate` (pending or held): number them, oldest export first; returns how many."""
    lock_gate(cursor)
    run(cursor, "warehouse/accept_files", file_ids=list(file_ids), reasons=dict(reasons), gate=gate)
    return cursor.rowcount
