"""Accept, hold or give up files: what the gate and people decide about a loaded file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import Json

_LOCK = 138_001


def lock_gate(cursor: Cursor) -> None:
    """Wait for the gate's lock and keep it until the transaction ends: one process decides about files at a time."""
    cursor.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))


@dataclass(frozen=True)
class Fate:
    """Where one file stands: its row in the ledger, its rows in quarantine, and the deliveries that repeat it."""

    feed: str
    status: str
    gate: str
    waiting_rows: int
    repeated_by: int


def fate(cursor: Cursor, file_id: int) -> Fate | None:
    """Where a file stands, under the gate's lock; None when the ledger does not know it."""
    lock_gate(cursor)
    cursor.execute(
        "select feed, status, gate, (select count(*) from ops.quarantined_row q"
        "   where q.file_id = f.file_id and replayed_by is null and discarded_why is null),"
        " (select count(*) from ops.export_file again where again.duplicate_of = f.file_id)"
        " from ops.export_file f where file_id = %s",
        (file_id,),
    )
    row = cursor.fetchone()
    return Fate(*row) if row else None


def give_up(cursor: Cursor, file_id: int, why: str) -> None:
    """Take a file out of the gate for good; why it was held stays in its reason."""
    cursor.execute(
        "update ops.export_file set gate = 'discarded', gate_at = clock_timestamp(),"
        " gate_reason = concat_ws('; ', 'discarded: ' || %s, 'was held: ' || gate_reason) where file_id = %s",
        (why, file_id),
    )


def give_up_rows(cursor: Cursor, file_id: int, why: str) -> None:
    """Give up what waits in quarantine of a file."""
    cursor.execute(
        "update ops.quarantined_row set discarded_why = %s"
        " where file_id = %s and replayed_by is null and discarded_why is null",
        (why, file_id),
    )


def hold(cursor: Cursor, reasons: Mapping[int, str]) -> None:
    """Hold files back, each for its reason."""
    cursor.execute(
        "update ops.export_file set gate = 'held', gate_reason = %s::json ->> file_id::text,"
        " gate_at = clock_timestamp() where file_id = any(%s)",
        (Json(reasons), list(reasons)),
    )


def accept(cursor: Cursor, file_ids: Iterable[int], reasons: Mapping[int, str], gate: str) -> int:
    """Accept files that stand at `gate` (pending or held): number them, oldest export first; returns how many.

    Numbers become visible in their order, by the gate's lock.
    """
    lock_gate(cursor)
    cursor.execute(
        "update ops.export_file f set gate = 'accepted', acceptance_no = numbered.acceptance_no,"
        " gate_reason = %s::json ->> f.file_id::text, gate_at = clock_timestamp()"
        " from (select file_id, nextval('ops.acceptance_no') as acceptance_no from"
        "   (select file_id from ops.export_file where file_id = any(%s) and gate = %s"
        "    order by export_date, file_id) as ordered) as numbered"
        " where f.file_id = numbered.file_id",
        (Json(reasons), list(file_ids), gate),
    )
    return cursor.rowcount
