"""Fingerprints of the marts as the last successful build left them and as the last successful audit saw them.

Only marts that are unchanged since their audit are published.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Literal

from psycopg2.extensions import cursor as Cursor

from lachan.warehouse.session import connect
from lachan.warehouse.statements import run

AUDITED = {"reconciliation": "check_key", "figure": "figure_id", "report_sentence": "window_key"}
"""Marts that are audited before publication, each with the column by which a verdict names a row."""

Stage = Literal["built", "audited"]
_BUILD_LOCK = 138_002


@contextmanager
def hold_build_lock(dsn: str) -> Iterator[None]:
    """Wait until no build of this warehouse runs, and keep others from starting until the block ends."""
    with closing(connect(dsn, "transformer")) as connection, connection.cursor() as cursor:
        connection.autocommit = True  # a transaction open for the whole build would keep vacuum from removing dead rows
        cursor.execute("select pg_advisory_lock(%s)", (_BUILD_LOCK,))
        yield


def fingerprint(cursor: Cursor) -> str:
    """Row count and hash sum of each audited mart, as text; it differs when any of their rows differs."""
    parts = []
    for mart in AUDITED:
        parts.append("{}:{}".format(*(run(cursor, "warehouse/mart_fingerprint", mart=mart).fetchone() or ())))
    return " ".join(parts)


def record_state(cursor: Cursor, stage: Stage, run_id: str, marts: str) -> None:
    """Record that a run has built or audited with success the marts that have the fingerprint `marts`."""
    cursor.execute(
        "insert into ops.mart_state (stage, run_id, fingerprint) values (%s, %s, %s)", (stage, run_id, marts)
    )


def last_state(cursor: Cursor, stage: Stage) -> str | None:
    """Fingerprint of the marts after the last successful build or audit; None before the first."""
    cursor.execute("select fingerprint from ops.mart_state where stage = %s order by kept_at desc limit 1", (stage,))
    row = cursor.fetchone()
    return row[0] if row else None
