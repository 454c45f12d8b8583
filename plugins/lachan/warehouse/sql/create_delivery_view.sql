-- What became of every load, in one place. Safe to run again at any time.
--
-- A delivery is a content at a path: its first load, and the replays of rows that the first load could not take. An
-- accepted delivery is in force until a later one replaces it: another content at the same path, or of a register another
-- file of the same day. When the later one is retracted, the earlier one is in force again.
create or replace view ops.delivery as
with load as not materialized (
    select
        file.*,
        file.feed = any({{ registers }}::text[]) as is_register,
        coalesce(file.replay_of, file.file_id) as delivery_id,
        coalesce(original.delivered_at, original.loaded_at, file.delivered_at, file.loaded_at) as in_order_of
    from ops.export_file as file
    left join ops.export_file as original on original.file_id = file.replay_of and original.feed = file.feed
),

delivery as (
    select
        delivery_id,
        feed,
        is_register,
        path,
        min(in_order_of) as delivered_at,
        max(export_date) filter (where gate = 'accepted') as export_date,
        bool_or(gate = 'accepted') as is_accepted,
        bool_or(status = 'duplicate') as is_repeat -- of a file at another path
    from load
    group by delivery_id, feed, is_register, path
),

at_path as (
    select
        *,
        max(delivery_id) filter (where is_accepted or is_repeat) over (
            partition by feed, path order by delivery_id
            rows between 1 following and unbounded following
        ) as replaced_at_path_by
    from delivery
),

of_day as (
    select
        *,
        case
            when is_register and is_accepted and replaced_at_path_by is null
                then first_value(delivery_id) over (
                    partition by feed, export_date, is_accepted, replaced_at_path_by is null
                    order by delivered_at desc, path desc, delivery_id desc
                )
        end as newest_of_day
    from at_path
)

select
    load.file_id,
    load.feed,
    load.path,
    load.export_date,
    load.delivery_id,
    of_day.delivered_at,
    load.replay_no > 0 as is_replay,
    load.is_register,
    case
        when load.gate in ('discarded', 'retracted', 'held') then load.gate
        when load.status <> 'loaded' then load.status
        when load.gate = 'pending' then 'loaded'
        when of_day.replaced_at_path_by is not null then 'superseded'
        when of_day.newest_of_day <> load.delivery_id then 'superseded'
        else 'accepted'
    end as standing,
    case
        when load.gate = 'accepted'
            then coalesce(of_day.replaced_at_path_by, nullif(of_day.newest_of_day, load.delivery_id))
    end as superseded_by,
    coalesce(decision.decided_at, load.gate_at, load.loaded_at) as since,
    decision.decided_by,
    coalesce(decision.why, load.gate_reason, load.reason) as why,
    load.acceptance_no,
    load.rows_read,
    load.rows_loaded,
    load.rows_quarantined
from load
inner join of_day on of_day.feed = load.feed and of_day.delivery_id = load.delivery_id
left join lateral (
    select taken.decided_at, taken.decided_by, taken.why
    from ops.decision as taken
    where taken.file_id = load.delivery_id or taken.file_id = load.file_id
    order by taken.decision_id desc
    limit 1
) as decision on true;
