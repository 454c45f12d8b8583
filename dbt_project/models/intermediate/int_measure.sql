{{ config(unique_key=['indicator_key', 'day', 'ward_key', 'breakdown_value']) }}

with by_part as (
    select
        item.indicator_key, item.first_day as day, item.ward_key, item.breakdown_value, indicator.has_wards,
        sum(item.numerator)::bigint as numerator,
        sum(item.denominator)::bigint as denominator
    from {{ ref('counted_item') }} as item
    inner join {{ ref('indicators') }} as indicator on indicator.indicator_key = item.indicator_key
    where item.measure = 'flow' and indicator.count_rule = 'sum'
    group by item.indicator_key, item.first_day, item.ward_key, item.breakdown_value, indicator.has_wards
),

by_ward as (
    select * from by_part
    union all
    select indicator_key, day, ward_key, 'total', has_wards, sum(numerator)::bigint, sum(denominator)::bigint
    from by_part
    where breakdown_value <> 'total'
    group by indicator_key, day, ward_key, has_wards
)

select indicator_key, day, ward_key, breakdown_value, numerator, denominator
from by_ward
where has_wards
union all
select indicator_key, day, 'city', breakdown_value, sum(numerator)::bigint, sum(denominator)::bigint
from by_ward
group by indicator_key, day, breakdown_value
