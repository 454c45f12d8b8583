{{ config(materialized='ephemeral') }}

-- Not stored: the stocks of the windows that a build computes follow quickly from all changes, and as a table they would
-- only repeat what int_figure_count holds. For windows of a day or a week, stocks are counted for the whole city only.
with as_of_day as (
    select as_of, bool_or(window_kind not in ('day', 'week')) as has_wards
    from {{ ref('dim_reporting_window') }} as reporting_window
    where is_touched and {{ report_scope('reporting_window') }}
    group by as_of
),

stock_day as (
    select indicator.indicator_key, as_of_day.as_of, as_of_day.has_wards
    from as_of_day
    inner join {{ ref('indicators') }} as indicator on indicator.measure = 'stock' and indicator.count_rule = 'sum'
),

-- Changes before the first day that is counted are added up into one.
change as (
    select
        change.indicator_key, change.ward_key, change.breakdown_value,
        greatest(change.day, counted.first_as_of) as day,
        sum(change.numerator) as numerator,
        sum(change.denominator) as denominator
    from {{ ref('int_stock_change') }} as change
    inner join (select indicator_key, min(as_of) as first_as_of, max(as_of) as last_as_of from stock_day group by indicator_key) as counted
        on counted.indicator_key = change.indicator_key and change.day <= counted.last_as_of
    group by change.indicator_key, change.ward_key, change.breakdown_value, greatest(change.day, counted.first_as_of)
),

city_change as (
    select indicator_key, breakdown_value, day, sum(numerator) as numerator, sum(denominator) as denominator
    from change
    group by indicator_key, breakdown_value, day
),

series as (
    select indicator_key, ward_key, breakdown_value, true as needs_wards from change
    union
    select indicator_key, 'city', breakdown_value, false from city_change
),

-- Changes and the days that are counted in one sequence, in which a running sum gives the level of each of these days.
timeline as (
    select indicator_key, ward_key, breakdown_value, day, false as is_counted, numerator, denominator from change
    union all
    select indicator_key, 'city', breakdown_value, day, false, numerator, denominator from city_change
    union all
    select series.indicator_key, series.ward_key, series.breakdown_value, stock_day.as_of, true, 0, 0
    from series
    inner join stock_day
        on stock_day.indicator_key = series.indicator_key and (stock_day.has_wards or not series.needs_wards)
),

level as (
    select
        indicator_key, ward_key, breakdown_value, day, is_counted,
        sum(numerator) over up_to_day as numerator,
        sum(denominator) over up_to_day as denominator
    from timeline
    window up_to_day as (partition by indicator_key, ward_key, breakdown_value order by day)
),

stock_level as (
    select indicator_key, day as as_of, ward_key, breakdown_value, numerator::bigint as numerator, denominator::bigint as denominator
    from level
    where is_counted and (numerator <> 0 or denominator <> 0)
),

counted as (
    select indicator_key, as_of, ward_key, breakdown_value, numerator, denominator from stock_level
    union all
    select indicator_key, as_of, ward_key, 'total', sum(numerator)::bigint, sum(denominator)::bigint
    from stock_level
    where breakdown_value <> 'total'
    group by indicator_key, as_of, ward_key
)

select counted.as_of, series.series_id, counted.numerator, counted.denominator
from counted
left join {{ ref('int_figure_series') }} as series on {{ same_series('series', 'counted', "'as_was'") }}
