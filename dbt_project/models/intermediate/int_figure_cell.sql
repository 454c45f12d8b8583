{{ config(unique_key=['indicator_key', 'window_key', 'ward_basis', 'ward_key', 'breakdown_value']) }}

with touched as (
    select window_key, window_kind not in ('day', 'week') as is_long, starts_on, ends_on, as_of
    from {{ ref('dim_reporting_window') }}
    where is_touched
),

-- Days first: matching windows with days by range is cheap, matching them with every measure is not.
window_day as (
    select touched.window_key, touched.is_long, measured.day
    from (select distinct day from {{ ref('int_measure') }}) as measured
    inner join touched on measured.day between touched.starts_on and touched.ends_on
),

added as (
    select
        measure.indicator_key, window_day.window_key, window_day.is_long, measure.ward_key, measure.breakdown_value,
        sum(measure.numerator)::bigint as numerator,
        sum(measure.denominator)::bigint as denominator
    from window_day
    inner join {{ ref('int_measure') }} as measure on measure.day = window_day.day
    group by measure.indicator_key, window_day.window_key, window_day.is_long, measure.ward_key, measure.breakdown_value
    union all
    select
        level.indicator_key, touched.window_key, touched.is_long, level.ward_key, level.breakdown_value,
        level.numerator, level.denominator
    from {{ ref('int_stock_level') }} as level
    inner join touched on touched.as_of = level.as_of and (touched.is_long or level.ward_key = 'city')
)

select indicator_key, window_key, 'as_was' as ward_basis, ward_key, breakdown_value, numerator, denominator
from added

union all

select
    added.indicator_key, added.window_key, 'recast', recast.recast_ward_key, added.breakdown_value,
    sum(added.numerator)::bigint,
    sum(added.denominator)::bigint
from added
inner join {{ ref('ward_recast') }} as recast on recast.ward_key = added.ward_key
where added.is_long
group by added.indicator_key, added.window_key, recast.recast_ward_key, added.breakdown_value

union all

select indicator_key, window_key, ward_basis, ward_key, breakdown_value, numerator, denominator
from {{ ref('int_distinct_count') }}
