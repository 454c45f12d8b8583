{{ config(unique_key=['feed', 'first_day'], records_changes=true) }}

with missing as (
    select
        feed, period_from, period_to,
        lag(period_to) over (partition by feed order by period_to) = period_from - 1 as follows_missing
    from {{ ref('expected_export') }}
    where standing <> 'in_force'
),

numbered as (
    select
        feed, period_from, period_to,
        count(*) filter (where not coalesce(follows_missing, false)) over (partition by feed order by period_to) as gap_no
    from missing
)

select feed, min(period_from) as first_day, max(period_to) as last_day
from numbered
group by feed, gap_no

union all

select feed, '-infinity', first_day - 1
from {{ ref('int_feed_span') }}
