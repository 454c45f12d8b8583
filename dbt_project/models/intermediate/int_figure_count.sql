{{ config(unique_key=['window_id', 'series_id'], scope=['numbered_window_scope']) }}

-- Windows and series are numbers of 4 bytes here, because this is the largest table. A count of a series that has no number
-- fails the build, because the number is a part of the primary key.

with begun_window as (
    select window_id::integer as window_id, window_kind, window_kind not in ('day', 'week') as is_long, starts_on, ends_on, as_of, is_touched
    from {{ ref('dim_reporting_window') }} as reporting_window
    where has_begun and {{ report_scope('reporting_window') }}
),

-- Windows are joined with their days first, because a range join with every row of int_measure would be slow.
window_day as (
    select begun_window.window_id, day::date as day
    from begun_window
    cross join lateral generate_series(begun_window.starts_on, begun_window.ends_on, interval '1 day') as day
),

of_series as (
    select measure.series_id, window_day.window_id, sum(measure.numerator)::bigint as numerator, sum(measure.denominator)::bigint as denominator
    from window_day
    inner join {{ ref('int_measure') }} as measure on measure.day = window_day.day
    where measure.day >= (select min(first.day) from window_day as first) -- follows from the join; the index is read from there on
    group by measure.series_id, window_day.window_id
    union all
    select stock_level.series_id, begun_window.window_id, stock_level.numerator, stock_level.denominator
    from {{ ref('int_stock_level') }} as stock_level
    inner join begun_window on begun_window.is_touched and begun_window.as_of = stock_level.as_of
),

of_window as (
    select
        of_series.series_id, series.indicator_key, of_series.window_id, begun_window.is_long, series.ward_key, series.breakdown_value,
        of_series.numerator, of_series.denominator
    from of_series
    inner join begun_window on begun_window.window_id = of_series.window_id
    inner join {{ ref('int_figure_series') }} as series on series.series_id = of_series.series_id
    inner join {{ ref('indicators') }} as indicator on indicator.indicator_key = series.indicator_key
    where
        begun_window.is_long
        or series.ward_key = 'city'
        or (indicator.measure = 'flow' and not (begun_window.window_kind = 'day' and series.breakdown_value <> 'total'))
),

recast as (
    select
        of_window.indicator_key, of_window.window_id, 'recast' as ward_basis, recast.recast_ward_key as ward_key, of_window.breakdown_value,
        sum(of_window.numerator)::bigint as numerator,
        sum(of_window.denominator)::bigint as denominator
    from of_window
    inner join {{ ref('ward_recast') }} as recast on recast.ward_key = of_window.ward_key
    where of_window.is_long
    group by of_window.indicator_key, of_window.window_id, recast.recast_ward_key, of_window.breakdown_value
),

-- The figures that are shown even if they are 0: every total and part of the city and, in windows of a month or longer,
-- the total of every area. An area is shown if it was in force in the window; for a stock, on the as_of day.
shown as (
    select series.indicator_key, series.window_id::integer as window_id, area.ward_basis, area.ward_key, breakdown.breakdown_value, 0::bigint as numerator, 0::bigint as denominator
    from {{ ref('int_indicator_window') }} as series
    inner join {{ ref('int_area') }} as area
        on area.is_shown
        and area.valid_from <= series.as_of
        and area.valid_to >= case series.measure when 'stock' then series.as_of else series.starts_on end
    inner join {{ ref('breakdown') }} as breakdown
        on breakdown.breakdown_dim = 'total' or (breakdown.breakdown_dim = series.breakdown_dim and area.ward_key = 'city')
    where
        series.is_covered
        and (area.ward_key = 'city' or (series.has_wards and series.window_kind not in ('day', 'week')))
        and {{ report_scope('series') }}
),

recast_or_shown as (
    select indicator_key, window_id, ward_basis, ward_key, breakdown_value, numerator, denominator from recast
    union all
    select indicator_key, window_id, ward_basis, ward_key, breakdown_value, numerator, denominator from shown
),

numbered as (
    select window_id, series_id, numerator, denominator from of_window
    union all
    select recast_or_shown.window_id, series.series_id, recast_or_shown.numerator, recast_or_shown.denominator
    from recast_or_shown
    left join {{ ref('int_figure_series') }} as series on {{ same_series('series', 'recast_or_shown') }}
    union all
    select window_id, series_id, numerator, denominator
    from {{ ref('int_distinct_count') }} as distinct_count
    where {{ numbered_window_scope('distinct_count') }}
)

select window_id, series_id, sum(numerator)::bigint as numerator, nullif(sum(denominator), 0)::bigint as denominator
from numbered
group by window_id, series_id
-- The rows of a window lie together in the table from the first build on, so that a reader of some windows reads few pages.
order by window_id, series_id
