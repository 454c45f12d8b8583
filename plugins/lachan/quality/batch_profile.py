"""One row of measures for each loaded file (ops.batch_profile), by which the gate judges the file."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from psycopg2.extensions import cursor as Cursor

from lachan.contract import Feed
from lachan.settings import TIMEZONE
from lachan.warehouse.acceptance import lock_gate
from lachan.warehouse.session import read_frame
from lachan.warehouse.statements import run, statement


def profile_pending(cursor: Cursor, feeds: Mapping[str, Feed], periods: Mapping[str, int]) -> pd.DataFrame:
    """Compute the profiles of all pending files of these feeds, under the gate's lock, and return them.

    `periods` are `GateLimits.periods`.
    """
    lock_gate(cursor)
    cursor.execute("select distinct feed from ops.export_file where gate = 'pending'")
    pending = [feeds[name] for (name,) in cursor.fetchall() if name in feeds]
    for feed in pending:
        run(cursor, "quality/profile_pending_files", feed=feed, periods=periods, timezone=TIMEZONE)
    return read_frame(cursor, statement(cursor, "quality/pending_profiles", feed_names=[feed.name for feed in pending]))
