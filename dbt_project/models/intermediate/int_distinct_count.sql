{{ config(unique_key=['indicator_key', 'window_key', 'ward_basis', 'ward_key', 'breakdown_value']) }}

-- Distinct things are counted anew at every level: a sum over days, wards or parts would count them twice.
-- Flows by the window in which they fall, stocks by the day at which windows take them.
with item as (
    select item.*
    from {{ ref('counted_item') }} as item
    inner join {{ ref('indicators') }} as indicator on indicator.indicator_key = item.indicator_key
    where indicator.count_rule = 'distinct'
),

touched as (
    select window_key, window_kind not in ('day', 'week') as is_long, starts_on, ends_on, as_of
    from {{ ref('dim_reporting_window') }}
    where is_touched
),

as_of_day as (
    select as_of, bool_or(is_long) as is_long
    from touched
    group by as_of
),

there as (
    select
        item.measure, touched.window_key as key, touched.is_long, item.indicator_key, item.item_key, item.ward_key,
        item.breakdown_value, item.numerator <> 0 as counts_above, item.denominator <> 0 as counts_below
    from touched
    inner join item on item.measure = 'flow' and item.first_day between touched.starts_on and touched.ends_on
    union all
    select
        item.measure, as_of_day.as_of::text, as_of_day.is_long, item.indicator_key, item.item_key, item.ward_key,
        item.breakdown_value, item.numerator <> 0, item.denominator <> 0
    from as_of_day
    inner join item on item.measure = 'stock' and as_of_day.as_of between item.first_day and item.last_day
),

in_part as (
    select *, breakdown_value as part from there
    union all
    select *, 'total' from there where breakdown_value <> 'total'
),

area as (
    select ward_key, 'as_was' as ward_basis, ward_key as area_key from {{ ref('dim_ward') }}
    union all
    select ward_key, 'recast', recast_ward_key from {{ ref('ward_recast') }}
),

in_area as (
    select in_part.*, 'as_was' as ward_basis, 'city' as area_key from in_part
    union all
    select in_part.*, area.ward_basis, area.area_key
    from in_part
    inner join area on area.ward_key = in_part.ward_key
    where in_part.is_long or (in_part.measure = 'flow' and area.ward_basis = 'as_was')
),

-- Two groupings, because count(distinct …) sorts.
thing as (
    select
        measure, key, indicator_key, ward_basis, area_key, part, item_key,
        bool_or(counts_above) as counts_above,
        bool_or(counts_below) as counts_below
    from in_area
    group by measure, key, indicator_key, ward_basis, area_key, part, item_key
),

counted as (
    select
        measure, key, indicator_key, ward_basis, area_key, part,
        count(*) filter (where counts_above) as numerator,
        count(*) filter (where counts_below) as denominator
    from thing
    group by measure, key, indicator_key, ward_basis, area_key, part
)

select
    counted.indicator_key, touched.window_key, counted.ward_basis, counted.area_key as ward_key,
    counted.part as breakdown_value, counted.numerator, counted.denominator
from counted
inner join touched on touched.window_key = counted.key
where counted.measure = 'flow'

union all

select
    counted.indicator_key, touched.window_key, counted.ward_basis, counted.area_key,
    counted.part, counted.numerator, counted.denominator
from counted
inner join touched on touched.as_of::text = counted.key
where counted.measure = 'stock' and (touched.is_long or counted.area_key = 'city')
