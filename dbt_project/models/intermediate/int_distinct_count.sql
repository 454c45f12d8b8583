{{ config(unique_key=['indicator_key', 'window_key', 'ward_basis', 'ward_key', 'breakdown_value']) }}

-- Distinct things are counted anew at every level: a sum over days, wards or parts would count them twice.
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

in_window as (
    select touched.window_key, touched.is_long, item.*
    from touched
    inner join item on item.measure = 'flow' and item.first_day between touched.starts_on and touched.ends_on
    union all
    select touched.window_key, touched.is_long, item.*
    from touched
    inner join item on item.measure = 'stock' and touched.as_of between item.first_day and item.last_day
),

in_part as (
    select in_window.*, breakdown_value as part from in_window
    union all
    select in_window.*, 'total' from in_window where breakdown_value <> 'total'
),

area as (
    select ward_key, 'as_was' as ward_basis, ward_key as area_key from {{ ref('dim_ward') }}
    union all
    select ward_key, 'as_was', 'city' from {{ ref('dim_ward') }}
    union all
    select ward_key, 'recast', recast_ward_key from {{ ref('ward_recast') }}
)

select
    in_part.indicator_key, in_part.window_key, area.ward_basis, area.area_key as ward_key, in_part.part as breakdown_value,
    count(distinct in_part.item_key) filter (where in_part.numerator <> 0) as numerator,
    count(distinct in_part.item_key) filter (where in_part.denominator <> 0) as denominator
from in_part
inner join area on area.ward_key = in_part.ward_key
where in_part.is_long or area.area_key = 'city' or (in_part.measure = 'flow' and area.ward_basis = 'as_was')
group by in_part.indicator_key, in_part.window_key, area.ward_basis, area.area_key, in_part.part
