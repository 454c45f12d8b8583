"""One row of measures for each loaded file, which the gate judges."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from lachan.contract import Feed
from lachan.settings import TIMEZONE
from lachan.warehouse.acceptance import lock_gate
from lachan.warehouse.session import read_frame

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


def profile_fresh(cursor: Cursor, feeds: Mapping[str, Feed]) -> pd.DataFrame:
    """Profile the files of some feeds that wait at the gate, under the gate's lock, and return the profiles."""
    lock_gate(cursor)
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
