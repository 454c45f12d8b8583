{{ config(unique_key=['window_key', 'indicator_key', 'ward_basis', 'ward_key', 'breakdown_value'], scope=['window_scope']) }}

with begun_window as (
    select window_key, window_kind not in ('day', 'week') as is_long, starts_on, ends_on, as_of, is_touched
    from {{ ref('dim_reporting_window') }} as reporting_window
    where has_begun and {{ report_scope('reporting_window') }}
),

-- Windows are joined with their days first, because a range join with every row of int_measure would be slow.
window_day as (
    select begun_window.window_key, begun_window.is_long, day::date as day
    from begun_window
    cross join lateral generate_series(begun_window.starts_on, begun_window.ends_on, interval '1 day') as day
),

of_window as (
    select
        measure.indicator_key, window_day.window_key, window_day.is_long, measure.ward_key, measure.breakdown_value,
        sum(measure.numerator)::bigint as numerator,
        sum(measure.denominator)::bigint as denominator
    from window_day
    inner join {{ ref('int_measure') }} as measure on measure.day = window_day.day
    group by measure.indicator_key, window_day.window_key, window_day.is_long, measure.ward_key, measure.breakdown_value
    union all
    select
        stock_level.indicator_key, begun_window.window_key, begun_window.is_long, stock_level.ward_key, stock_level.breakdown_value,
        stock_level.numerator, stock_level.denominator
    from {{ ref('int_stock_level') }} as stock_level
    inner join begun_window
        on begun_window.is_touched
        and begun_window.as_of = stock_level.as_of
        and (begun_window.is_long or stock_level.ward_key = 'city')
),

summed as (
    select * from of_window where {{ window_scope('of_window') }}
)

select indicator_key, window_key, 'as_was' as ward_basis, ward_key, breakdown_value, numerator, denominator
from summed

union all

select
    summed.indicator_key, summed.window_key, 'recast', recast.recast_ward_key, summed.breakdown_value,
    sum(summed.numerator)::bigint,
    sum(summed.denominator)::bigint
from summed
inner join {{ ref('ward_recast') }} as recast on recast.ward_key = summed.ward_key
where summed.is_long
group by summed.indicator_key, summed.window_key, recast.recast_ward_key, summed.breakdown_value

union all

select indicator_key, window_key, ward_basis, ward_key, breakdown_value, numerator, denominator
from {{ ref('int_distinct_count') }} as distinct_count
where {{ window_scope('distinct_count') }}
