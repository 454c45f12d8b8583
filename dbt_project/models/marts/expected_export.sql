{{ config(unique_key=['feed', 'period_to'], records_changes=true) }}

with period as (
    {% for feed, declared in feeds().items() -%}
    {{ expected_periods(feed, declared) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- Periods with their days, because a join of ranges would compare every period of a feed with every delivery; so would
-- the join with the days as they are generated.
period_day as materialized (
    select period.feed, period.period_to, day::date as day
    from period
    cross join lateral generate_series(period.period_from, period.period_to, interval '1 day') as day
),

-- What is in force was fixed at the start of the build; what became of other deliveries is read as it is now.
delivery as (
    select
        delivery.feed, delivery.export_date, delivery.delivery_id, delivery.is_replay, delivery.standing,
        {{ local_date('delivery.delivered_at') }} as delivered_on,
        delivery.standing in ('accepted', 'superseded') as is_accepted,
        in_force.file_id is not null as is_in_force,
        case
            when in_force.file_id is null then 0
            when in_force.is_replay then -in_force.rows_loaded
            else in_force.rows_quarantined
        end as rows_quarantined,
        coalesce(delivery.why like '%share_dated_elsewhere%', false) as is_misdated
    from {{ source('ops', 'delivery') }} as delivery
    left join {{ source('ops', 'delivery_in_force') }} as in_force on in_force.file_id = delivery.file_id
    where delivery.export_date is not null and delivery.standing <> 'duplicate'
),

arrived as (
    select
        period.feed, period.agency, period.period_from, period.period_to,
        period.period_to + period.latency_days as due_on,
        min(delivery.delivered_on) filter (where delivery.is_accepted) as delivered_on,
        max(delivery.delivered_on) filter (where delivery.is_in_force and not delivery.is_replay) as last_delivered_on,
        min(delivery.delivery_id) filter (where delivery.is_in_force) as file_id,
        count(distinct delivery.delivery_id) filter (where delivery.is_accepted)
            > count(distinct delivery.export_date) filter (where delivery.is_accepted) as is_corrected,
        greatest(coalesce(sum(delivery.rows_quarantined), 0), 0) as rows_quarantined,
        case
            when bool_or(delivery.is_in_force) then 'in_force'
            when bool_or(delivery.standing = 'held' and delivery.is_misdated) then 'misdated'
            when bool_or(delivery.standing = 'held') then 'held'
            when bool_or(delivery.standing = 'rejected') then 'rejected'
            else 'missing'
        end as standing
    from period
    left join (
        select delivery.*, period_day.period_to
        from period_day
        inner join delivery on delivery.feed = period_day.feed and delivery.export_date = period_day.day
    ) as delivery on delivery.feed = period.feed and delivery.period_to = period.period_to
    group by period.feed, period.agency, period.period_from, period.period_to, period.latency_days
)

select
    feed,
    agency,
    period_from,
    period_to,
    due_on,
    standing,
    case when standing = 'in_force' then delivered_on end as delivered_on,
    case when standing = 'in_force' then greatest(delivered_on - due_on, 0) end as days_late,
    is_corrected,
    case when is_corrected and standing = 'in_force' then greatest(last_delivered_on - delivered_on, 0) end as days_until_corrected,
    rows_quarantined::bigint as rows_quarantined,
    file_id
from arrived
