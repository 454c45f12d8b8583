"""What is published, as a whole: who built it, whether it was audited, and that nobody changed it since."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Literal

from psycopg2.extensions import cursor as Cursor

from lachan.warehouse.session import connect
from lachan.warehouse.statements import run

AUDITED = {"reconciliation": "check_key", "figure": "figure_id", "report_sentence": "window_key"}
"""Marts that are audited before publication, with the column that names a row; what is published is among them."""

Stage = Literal["built", "audited"]
_BUILD_LOCK = 138_002


@contextmanager
def no_build_runs(dsn: str) -> Iterator[None]:
    """Wait until no build of this warehouse runs, and let none begin meanwhile."""
    with closing(connect(dsn, "transformer")) as connection, connection.cursor() as cursor:
        connection.autocommit = True  # a transaction left open for the whole build would keep vacuum from its work
        cursor.execute("select pg_advisory_lock(%s)", (_BUILD_LOCK,))
        yield


def fingerprint(cursor: Cursor) -> str:
    """A mark of all rows of the audited marts, which differs when any of them does."""
    parts = []
    for mart in AUDITED:
        parts.append("{}:{}".format(*(run(cursor, "warehouse/mart_fingerprint", mart=mart).fetchone() or ())))
    return " ".join(parts)


def keep(cursor: Cursor, stage: Stage, run_id: str, mark: str) -> None:
    """Note that a run has built, or has audited with success, the marts of this fingerprint."""
    cursor.execute("insert into ops.mart_state (stage, run_id, fingerprint) values (%s, %s, %s)", (stage, run_id, mark))


def last(cursor: Cursor, stage: Stage) -> str | None:
    """Fingerprint of the marts that were last built, or last audited, with success."""
    cursor.execute("select fingerprint from ops.mart_state where stage = %s order by kept_at desc limit 1", (stage,))
    row = cursor.fetchone()
    return row[0] if row else None
