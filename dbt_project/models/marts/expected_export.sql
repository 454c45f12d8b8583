{{ config(unique_key=['feed', 'period_to'], scope=['expected_scope'], records_changes=true) }}

with expected as (
    {% for feed, declared in feeds().items() -%}
    {{ expected_periods(feed, declared) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

period as materialized (
    select * from expected where {{ expected_scope('expected') }}
),

-- Periods with their days, because a join of ranges would compare every period of a feed with every delivery; so would
-- the join with the days as they are generated.
period_day as materialized (
    select period.feed, period.period_to, day::date as day
    from period
    cross join lateral generate_series(period.period_from, period.period_to, interval '1 day') as day
),

delivery as (
    select
        feed, export_date, delivery_id, is_replay, 'accepted' as standing, {{ local_date('delivered_at') }} as delivered_on,
        true as is_accepted, true as is_in_force,
        case when is_replay then -rows_loaded else rows_quarantined end as rows_quarantined,
        false as is_misdated
    from {{ source('ops', 'delivery_in_force') }}
    union all
    select
        feed, export_date, delivery_id, is_replay, standing, {{ local_date('delivered_at') }},
        standing = 'superseded', false,
        0,
        is_misdated
    from {{ source('ops', 'delivery_not_in_force') }}
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
