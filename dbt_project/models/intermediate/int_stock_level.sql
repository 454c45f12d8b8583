{{ config(unique_key=['indicator_key', 'as_of', 'ward_key', 'breakdown_value']) }}

-- For windows of a day or a week, stocks are counted for the whole city only.
with as_of_day as (
    select as_of, bool_or(window_kind not in ('day', 'week')) as has_wards
    from {{ ref('dim_reporting_window') }}
    where is_touched
    group by as_of
),

-- Items with the same first and last day are added up first: registers have many rows but few distinct days.
ward_interval as (
    select
        item.indicator_key, item.ward_key, item.breakdown_value, item.first_day, item.last_day,
        sum(item.numerator) as numerator,
        sum(item.denominator) as denominator
    from {{ ref('counted_item') }} as item
    inner join {{ ref('indicators') }} as indicator on indicator.indicator_key = item.indicator_key
    where item.measure = 'stock' and indicator.count_rule = 'sum'
    group by item.indicator_key, item.ward_key, item.breakdown_value, item.first_day, item.last_day
),

city_interval as (
    select
        indicator_key, breakdown_value, first_day, last_day,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from ward_interval
    group by indicator_key, breakdown_value, first_day, last_day
),

stock_level as (
    select indicator_key, as_of, ward_key, breakdown_value, sum(numerator)::bigint as numerator, sum(denominator)::bigint as denominator
    from as_of_day
    inner join ward_interval on as_of between first_day and last_day
    where has_wards
    group by indicator_key, as_of, ward_key, breakdown_value
    union all
    select indicator_key, as_of, 'city', breakdown_value, sum(numerator)::bigint, sum(denominator)::bigint
    from as_of_day
    inner join city_interval on as_of between first_day and last_day
    group by indicator_key, as_of, breakdown_value
)

select * from stock_level
union all
select indicator_key, as_of, ward_key, 'total', sum(numerator)::bigint, sum(denominator)::bigint
from stock_level
where breakdown_value <> 'total'
group by indicator_key, as_of, ward_key
