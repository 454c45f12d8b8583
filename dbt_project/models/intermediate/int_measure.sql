{{ config(unique_key=['day', 'series_id'], scope=['measure_scope']) }}

-- Materialized, because the planner would evaluate the view counted_item once for each indicator.
with item as materialized (
    select indicator_key, first_day, ward_key, breakdown_value, numerator, denominator
    from {{ ref('counted_item') }}
    where
        measure = 'flow'
        {%- if not is_full_build() %}
        and first_day = any(array(select day from {{ ref('int_touched_day') }}))
        and (feed, first_day) in (select feed, day from {{ ref('int_touched_day') }})
        {%- endif %}
),

by_part as (
    select
        item.indicator_key, item.first_day as day, item.ward_key, item.breakdown_value, indicator.has_wards,
        sum(item.numerator)::bigint as numerator,
        sum(item.denominator)::bigint as denominator
    from item
    inner join {{ ref('indicators') }} as indicator on indicator.indicator_key = item.indicator_key
    where indicator.count_rule = 'sum'
    group by item.indicator_key, item.first_day, item.ward_key, item.breakdown_value, indicator.has_wards
),

by_ward as (
    select * from by_part
    union all
    select indicator_key, day, ward_key, 'total', has_wards, sum(numerator)::bigint, sum(denominator)::bigint
    from by_part
    where breakdown_value <> 'total'
    group by indicator_key, day, ward_key, has_wards
),

measured as (
    select indicator_key, day, ward_key, breakdown_value, numerator, denominator
    from by_ward
    where has_wards
    union all
    select indicator_key, day, 'city', breakdown_value, sum(numerator)::bigint, sum(denominator)::bigint
    from by_ward
    group by indicator_key, day, breakdown_value
)

select measured.day, series.series_id, measured.numerator, nullif(measured.denominator, 0) as denominator
from measured
left join {{ ref('int_figure_series') }} as series on {{ same_series('series', 'measured', "'as_was'") }}
