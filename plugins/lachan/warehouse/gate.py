"""What the gate needs of the warehouse: profiles of fresh files, and their acceptance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import pandas as pd
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import Json, execute_values

from lachan.contract import Feed
from lachan.settings import TIMEZONE

_LOCK = 138_001

_PROFILE = """
with fresh as (
    select file_id, path, export_date, replay_no, rows_read, rows_loaded, rows_quarantined,
        cardinality(warnings) as warnings, loaded_at
    from ops.export_file
    where feed = {feed} and gate = 'pending'
),
reach as (  -- the fresh files and the 60 days before them
    select file_id, export_date, loaded_at
    from ops.export_file
    where feed = {feed} and gate in ('pending', 'accepted')
        and export_date between (select min(export_date) - 60 from fresh) and (select max(export_date) from fresh)
),
by_value as (
    select r.file_id, coalesce(r.{value}, '') as value, count(*) as n,
        count(*) filter (where ({moment} at time zone {zone})::date <> f.export_date) as misdated,
        count(*) filter (where {moment} > f.loaded_at) as future
    from raw.{table} as r
    join reach as f using (file_id)
    where r.file_id >= (select min(file_id) from reach)
    group by 1, 2
),
by_file as (
    select file_id, sum(n) as n, sum(misdated) as misdated, sum(future) as future from by_value group by 1
),
usual as (
    select fresh.file_id, percentile_cont(0.5) within group (order by past.rows_read) as rows_read
    from fresh
    join ops.export_file as past
        on past.feed = {feed} and past.status = 'loaded' and past.replay_no = 0
        and past.gate not in ('held', 'discarded')
        and past.export_date between fresh.export_date - 56 and fresh.export_date - 7
        and extract(isodow from past.export_date) = extract(isodow from fresh.export_date)
    group by 1
    having count(*) >= 3
),
register as (  -- the snapshot before this one that is not held
    select distinct on (fresh.file_id) fresh.file_id, past.rows_loaded
    from fresh
    join ops.export_file as past
        on past.feed = {feed} and past.gate in ('pending', 'accepted') and past.replay_no = 0
        and past.export_date < fresh.export_date
    where {is_snapshot} and fresh.replay_no = 0
    order by fresh.file_id, past.export_date desc, past.file_id desc
),
days as (
    select f.export_date, v.value, sum(v.n) as n
    from by_value as v join reach as f using (file_id)
    group by 1, 2
),
before as (
    select fresh.file_id, d.value, sum(d.n) / sum(sum(d.n)) over (partition by fresh.file_id) as share
    from fresh join days as d on d.export_date between fresh.export_date - 60 and fresh.export_date - 1
    group by 1, 2
),
shift as (
    select coalesce(now_.file_id, before.file_id) as file_id,
        sum(abs(coalesce(now_.share, 0) - coalesce(before.share, 0))) / 2 as distance
    from before
    full join (
        select v.file_id, v.value, v.n / f.n as share
        from by_value as v join by_file as f using (file_id) join fresh using (file_id)
        where v.file_id in (select file_id from before)
    ) as now_ on now_.file_id = before.file_id and now_.value = before.value
    group by 1
)
insert into ops.batch_profile (
    file_id, feed, path, export_date, rows_read, quarantined_share, broken_share, usual_rows, volume_ratio,
    volume_excess, misdated_share, rows_from_the_future, distribution_shift, shrinkage, warnings
)
select
    fresh.file_id, {feed}, path, fresh.export_date, fresh.rows_read,
    coalesce(rows_quarantined / nullif(fresh.rows_read, 0)::float, 0),
    case when fresh.rows_read >= 20 then rows_quarantined / fresh.rows_read::float else 0 end,
    usual.rows_read,
    case when usual.rows_read >= 20 then fresh.rows_read / usual.rows_read end,
    fresh.rows_read - (5 * usual.rows_read + 50),
    case when by_file.n >= 10 then misdated / by_file.n::float else 0 end,
    coalesce(future, 0),
    case when by_file.n >= 30 then distance end,
    case when register.rows_loaded - fresh.rows_loaded >= 5
        then 1 - fresh.rows_loaded / register.rows_loaded::float else 0 end,
    warnings
from fresh
left join by_file using (file_id)
left join usual using (file_id)
left join shift using (file_id)
left join register using (file_id)
on conflict (file_id) do update set
    usual_rows = excluded.usual_rows, volume_ratio = excluded.volume_ratio, volume_excess = excluded.volume_excess,
    distribution_shift = excluded.distribution_shift, shrinkage = excluded.shrinkage,
    profiled_at = clock_timestamp()
"""


@dataclass(frozen=True)
class Verdict:
    """What one expectation said in one run; `failed` maps the keys of the rows that failed it to what they held."""

    suite: str
    expectation: str
    column: str | None
    severity: str
    success: bool
    expected: str
    failed: dict[str, str]
    exception: str | None

    def of(self, keys: Iterable[str]) -> Verdict:
        """The verdict as far as it speaks of some rows; one that names no rows stays as it is."""
        failed = {key: self.failed[key] for key in keys if key in self.failed}
        return replace(self, failed=failed, success=self.success or bool(self.failed and not failed))


def profile_fresh(cursor: Cursor, feeds: Mapping[str, Feed]) -> pd.DataFrame:
    """Profile the files of some feeds that wait at the gate, under the gate's lock, and return the profiles."""
    cursor.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
    cursor.execute("select distinct feed from ops.export_file where gate = 'pending'")
    waiting = [feeds[name] for (name,) in cursor.fetchall() if name in feeds]
    for feed in waiting:
        cursor.execute(
            sql.SQL(_PROFILE).format(
                feed=sql.Literal(feed.name),
                table=sql.Identifier(feed.name),
                value=sql.Identifier(feed.distribution_column),
                moment=sql.SQL("r.updated_at" if feed.delivery == "changes" else "f.export_date::timestamptz"),
                is_snapshot=sql.Literal(feed.delivery == "snapshot"),
                zone=sql.Literal(TIMEZONE),
            )
        )
    return read_frame(
        cursor,
        "select p.* from ops.batch_profile p join ops.export_file f using (file_id)"
        " where f.gate = 'pending' and p.feed = any(%s)",
        [feed.name for feed in waiting],
    )


def read_frame(cursor: Cursor, query: str, *values: object) -> pd.DataFrame:
    """The rows of a query as a frame."""
    cursor.execute(query, values or None)
    return pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description or ()])


def record(cursor: Cursor, run_id: str, stage: str, verdicts: Iterable[Verdict]) -> None:
    """Keep what every expectation said."""
    rows = [
        (
            run_id,
            stage,
            v.suite,
            v.expectation,
            v.column,
            v.severity,
            v.success,
            v.expected,
            Json(v.failed),
            v.exception,
        )
        for v in verdicts
    ]
    execute_values(
        cursor,
        "insert into ops.check_result (run_id, stage, suite, expectation, column_name, severity, success,"
        " expected, failed_keys, exception) values %s",
        rows,
    )


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
    cursor.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
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
    cursor.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
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
