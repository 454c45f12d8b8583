-- One row of measures for each pending file of a feed. For a file that has a profile already, the measures that depend
-- on other files are computed again, because those files may have been accepted, held or discarded since.

with pending as (
    select
        file_id, path, export_date, replay_no, rows_read, rows_loaded, rows_quarantined,
        cardinality(warnings) as warnings, cardinality(identity_findings) as identity_findings, loaded_at,
        (coalesce(delivered_at, loaded_at) at time zone {{ timezone }})::date as delivered_on
    from ops.export_file
    where feed = {{ feed.name }} and gate = 'pending'
),

-- The pending files, and the earlier files with which their mix of values is compared.
compared as (
    select file_id, export_date, loaded_at
    from ops.export_file
    where
        feed = {{ feed.name }} and gate in ('pending', 'accepted')
        and export_date between (select min(export_date) - {{ periods.mix_days }} from pending)
        and (select max(export_date) from pending)
),

value_count as (
    select
        raw.file_id,
        coalesce(raw.{{ feed.distribution_column | identifier }}, '') as value,
        count(*) as row_count,
        {% if feed.delivery == "changes" %}
        count(*) filter (
            where (raw.updated_at at time zone {{ timezone }})::date <> compared.export_date
        ) as dated_elsewhere,
        count(*) filter (where raw.updated_at > compared.loaded_at) as in_the_future
        {% else %}
        0 as dated_elsewhere,
        count(*) filter (where compared.export_date::timestamptz > compared.loaded_at) as in_the_future
        {% endif %}
    from raw.{{ feed.name | identifier }} as raw
    inner join compared on compared.file_id = raw.file_id
    where raw.file_id >= (select min(file_id) from compared)
    group by raw.file_id, value
),

file_count as (
    select
        file_id,
        sum(row_count) as row_count,
        sum(dated_elsewhere) as dated_elsewhere,
        sum(in_the_future) as in_the_future
    from value_count
    group by file_id
),

-- Usual number of rows: the median over files of the same weekday in the weeks before, at least seven days earlier.
usual as (
    select pending.file_id, percentile_cont(0.5) within group (order by past.rows_read) as rows_usual
    from pending
    inner join ops.export_file as past
        on past.feed = {{ feed.name }} and past.status = 'loaded' and past.replay_no = 0
        and past.gate not in ('held', 'discarded', 'retracted')
        and past.export_date between pending.export_date - {{ periods.usual_days }} and pending.export_date - 7
        and extract(isodow from past.export_date) = extract(isodow from pending.export_date)
    group by pending.file_id
    having count(*) >= {{ periods.usual_files }}
),

-- For a register, the latest earlier snapshot that is pending or accepted.
snapshot_before as (
    select distinct on (pending.file_id) pending.file_id, past.rows_loaded
    from pending
    inner join ops.export_file as past
        on past.feed = {{ feed.name }} and past.gate in ('pending', 'accepted') and past.replay_no = 0
        and past.export_date < pending.export_date
    where {{ feed.delivery == "snapshot" }} and pending.replay_no = 0
    order by pending.file_id, past.export_date desc, past.file_id desc
),

day_mix as (
    select compared.export_date, value_count.value, sum(value_count.row_count) as row_count
    from value_count
    inner join compared on compared.file_id = value_count.file_id
    group by compared.export_date, value_count.value
),

mix_before as (
    select
        pending.file_id, day_mix.value,
        sum(day_mix.row_count) / sum(sum(day_mix.row_count)) over (partition by pending.file_id) as share
    from pending
    inner join day_mix
        on day_mix.export_date between pending.export_date - {{ periods.mix_days }} and pending.export_date - 1
    group by pending.file_id, day_mix.value
),

mix_now as (
    select value_count.file_id, value_count.value, value_count.row_count / file_count.row_count as share
    from value_count
    inner join file_count on file_count.file_id = value_count.file_id
    inner join pending on pending.file_id = value_count.file_id
    where value_count.file_id in (select file_id from mix_before)
),

-- Total variation distance: half of the sum of the absolute differences of two distributions.
mix_shift as (
    select
        coalesce(mix_now.file_id, mix_before.file_id) as file_id,
        sum(abs(coalesce(mix_now.share, 0) - coalesce(mix_before.share, 0))) / 2 as distance
    from mix_before
    full join mix_now on mix_now.file_id = mix_before.file_id and mix_now.value = mix_before.value
    group by 1
)

insert into ops.batch_profile (
    file_id, feed, path, export_date, rows_read, rows_loaded, share_quarantined, rows_usual, times_usual,
    share_dated_elsewhere, rows_in_the_future, mix_shift, rows_gone, share_gone, warnings,
    identity_findings, days_after_delivery, days_before_start
)
select
    pending.file_id,
    {{ feed.name }},
    pending.path,
    pending.export_date,
    pending.rows_read,
    pending.rows_loaded,
    coalesce(pending.rows_quarantined / nullif(pending.rows_read, 0)::float, 0),
    usual.rows_usual,
    pending.rows_read / nullif(usual.rows_usual, 0),
    coalesce(file_count.dated_elsewhere / file_count.row_count::float, 0),
    coalesce(file_count.in_the_future, 0),
    mix_shift.distance,
    snapshot_before.rows_loaded - pending.rows_loaded,
    1 - pending.rows_loaded / nullif(snapshot_before.rows_loaded, 0)::float,
    pending.warnings,
    pending.identity_findings,
    pending.export_date - pending.delivered_on,
    {{ feed.starts_on }}::date - pending.export_date
from pending
left join file_count on file_count.file_id = pending.file_id
left join usual on usual.file_id = pending.file_id
left join mix_shift on mix_shift.file_id = pending.file_id
left join snapshot_before on snapshot_before.file_id = pending.file_id
on conflict (file_id) do update set
    rows_usual = excluded.rows_usual,
    times_usual = excluded.times_usual,
    mix_shift = excluded.mix_shift,
    rows_gone = excluded.rows_gone,
    share_gone = excluded.share_gone,
    days_after_delivery = excluded.days_after_delivery,
    days_before_start = excluded.days_before_start,
    profiled_at = clock_timestamp()
