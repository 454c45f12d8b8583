{{ config(unique_key=['window_id', 'series_id'], scope=['window_scope']) }}

-- Distinct items are counted separately for every window, area and part, because adding the counts of days, wards or
-- parts would count some items twice. Flows are counted per window, stocks per day on which a window takes its stocks.
with begun_window as (
    select window_id::integer as window_id, window_key, window_kind = 'day' as is_day, window_kind not in ('day', 'week') as is_long, starts_on, ends_on, as_of, is_touched
    from {{ ref('dim_reporting_window') }} as reporting_window
    where has_begun and {{ report_scope('reporting_window') }}
),

-- One row per item, day and place. An item of one row only is counted without comparing it with others.
item as materialized (
    select
        item.measure, item.indicator_key, item.item_key, item.ward_key, item.breakdown_value, item.first_day, item.last_day,
        bool_or(item.numerator <> 0)::int as numerator,
        bool_or(item.denominator <> 0)::int as denominator,
        count(*) over (partition by item.measure, item.indicator_key, item.item_key) = 1 as is_single
    from {{ ref('counted_item') }} as item
    inner join {{ ref('indicators') }} as indicator on indicator.indicator_key = item.indicator_key
    where
        indicator.count_rule = 'distinct'
        -- constant in each branch of the view, so that those of other feeds are not read
        and (item.measure = 'stock' or item.feed = any(array(select feed from {{ ref('indicators') }} where count_rule = 'distinct')))
    {%- if not is_full_build() %}
        and (item.measure = 'stock' or item.first_day between (select min(starts_on) from begun_window) and (select max(ends_on) from begun_window))
    {%- endif %}
    group by item.measure, item.indicator_key, item.item_key, item.ward_key, item.breakdown_value, item.first_day, item.last_day
),

-- Items of one row are added up here, and have no key from here on.
flow_item as (
    select
        indicator_key, case when not is_single then item_key end as item_key, ward_key, breakdown_value, first_day,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from item
    where measure = 'flow'
    group by 1, 2, 3, 4, 5
),

as_of_day as (
    select as_of, bool_or(is_long) as is_long
    from begun_window
    where is_touched
    group by as_of
),

item_in_window as (
    select
        'flow' as measure, begun_window.window_key as window_or_day, begun_window.is_day, begun_window.is_long, item.indicator_key, item.item_key,
        item.ward_key, item.breakdown_value, {{ items_counted('item', 'numerator') }}, {{ items_counted('item', 'denominator') }}
    from begun_window
    inner join flow_item as item on item.first_day between begun_window.starts_on and begun_window.ends_on
    group by 2, 3, 4, 5, 6, 7, 8
    union all
    select
        'stock', as_of_day.as_of::text, false, as_of_day.is_long, item.indicator_key, item.item_key,
        item.ward_key, item.breakdown_value, max(item.numerator), max(item.denominator)
    from as_of_day
    inner join item on item.measure = 'stock' and as_of_day.as_of between item.first_day and item.last_day
    group by 2, 4, 5, 6, 7, 8
),

item_by_part as (
    select *, breakdown_value as part from item_in_window
    union all
    select *, 'total' from item_in_window where breakdown_value <> 'total'
),

area as (
    select ward_key, 'as_was' as ward_basis, ward_key as area_key from {{ ref('dim_ward') }}
    union all
    select ward_key, 'recast', recast_ward_key from {{ ref('ward_recast') }}
),

item_by_area as (
    select item_by_part.*, 'as_was' as ward_basis, 'city' as area_key from item_by_part
    union all
    select item_by_part.*, area.ward_basis, area.area_key
    from item_by_part
    inner join area on area.ward_key = item_by_part.ward_key
    where
        item_by_part.is_long
        or (item_by_part.measure = 'flow' and area.ward_basis = 'as_was' and not (item_by_part.is_day and item_by_part.part <> 'total'))
),

-- Grouping twice is faster than count(distinct …), which sorts the rows.
distinct_item as (
    select
        measure, window_or_day, indicator_key, ward_basis, area_key, part, item_key,
        {{ items_counted('item_by_area', 'numerator') }},
        {{ items_counted('item_by_area', 'denominator') }}
    from item_by_area
    group by measure, window_or_day, indicator_key, ward_basis, area_key, part, item_key
),

counted as (
    select
        measure, window_or_day, indicator_key, ward_basis, area_key, part,
        sum(numerator)::bigint as numerator,
        sum(denominator)::bigint as denominator
    from distinct_item
    group by measure, window_or_day, indicator_key, ward_basis, area_key, part
),

of_window as (
    select
        counted.indicator_key, begun_window.window_id, counted.ward_basis, counted.area_key as ward_key,
        counted.part as breakdown_value, counted.numerator, counted.denominator
    from counted
    inner join begun_window on begun_window.window_key = counted.window_or_day
    where counted.measure = 'flow'
    union all
    select
        counted.indicator_key, begun_window.window_id, counted.ward_basis, counted.area_key,
        counted.part, counted.numerator, counted.denominator
    from counted
    inner join begun_window on begun_window.is_touched and begun_window.as_of::text = counted.window_or_day
    where counted.measure = 'stock' and (begun_window.is_long or counted.area_key = 'city')
),

numbered as (
    select of_window.window_id, series.series_id, of_window.indicator_key, of_window.numerator, nullif(of_window.denominator, 0) as denominator
    from of_window
    left join {{ ref('int_figure_series') }} as series on {{ same_series('series', 'of_window') }}
)

select window_id, series_id, indicator_key, numerator, denominator
from numbered
where {{ window_scope('numbered') }}
