{{ config(unique_key=['indicator_key', 'item_key', 'ward_key', 'breakdown_value', 'day'], scope=['stock_scope'], records_changes=true) }}

-- The level of a stock on a day is the sum of the changes up to that day. Items of an indicator with count_rule sum are added
-- up; those that are counted as distinct items stay apart.
with stock as materialized (
    select * from {{ ref('counted_item') }} as item where measure = 'stock' and {{ stock_scope('item') }}
),

item as (
    select
        item.indicator_key, item.ward_key, item.breakdown_value, item.first_day, item.last_day,
        case indicator.count_rule when 'distinct' then item.item_key else '' end as item_key,
        sum(item.numerator) as numerator,
        sum(item.denominator) as denominator
    from stock as item
    inner join {{ ref('indicators') }} as indicator on indicator.indicator_key = item.indicator_key
    group by 1, 2, 3, 4, 5, 6
),

change as (
    select indicator_key, item_key, ward_key, breakdown_value, first_day as day, numerator, denominator
    from item
    union all
    select indicator_key, item_key, ward_key, breakdown_value, last_day + 1, -numerator, -denominator
    from item
    where last_day <> 'infinity'
)

select
    indicator_key, item_key, ward_key, breakdown_value, day,
    sum(numerator)::bigint as numerator,
    sum(denominator)::bigint as denominator
from change
group by indicator_key, item_key, ward_key, breakdown_value, day
having sum(numerator) <> 0 or sum(denominator) <> 0
