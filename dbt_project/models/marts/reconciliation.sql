{{ config(unique_key=['check_key', 'indicator_group']) }}

with figure as (
    select
        figure.*,
        indicator.indicator_group, indicator.breakdown_dim as split_by, indicator.count_rule, indicator.additive_over_time, indicator.additive_over_wards
    from {{ ref('figure') }} as figure
    inner join {{ ref('indicators') }} as indicator on indicator.indicator_key = figure.indicator_key
),

-- Totals and the sums of their parts. Each combination is compared separately, so that errors cannot cancel each other.
by_breakdown as (
    select
        indicator_group,
        sum(numerator) filter (where breakdown_dim = 'total') as total,
        sum(numerator) filter (where breakdown_dim = split_by) as parts
    from figure
    where split_by <> 'total' and count_rule = 'sum'
    group by indicator_group, indicator_key, window_key, ward_basis, ward_key
),

by_ward as (
    select
        indicator_group,
        sum(numerator) filter (where ward_key = 'city') as total,
        sum(numerator) filter (where ward_key <> 'city') as parts
    from figure
    where additive_over_wards and ward_basis = 'as_was' and not (measure = 'stock' and window_kind in ('day', 'week'))
    group by indicator_group, indicator_key, window_key, breakdown_dim, breakdown_value
),

-- Recasting moves figures between units and must not lose any.
by_basis as (
    select
        indicator_group,
        sum(numerator) filter (where ward_basis = 'as_was') as total,
        sum(numerator) filter (where ward_basis = 'recast') as parts
    from figure
    where additive_over_wards and ward_key <> 'city' and window_kind not in ('day', 'week')
    group by indicator_group, indicator_key, window_key, breakdown_dim, breakdown_value
),

-- Items before the first or after the last monthly window (for example a patrol planned for the next month) count in
-- their year but in no month. Such a year is not compared with its months.
year_beyond_months as (
    select distinct item.indicator_key, extract(year from item.first_day) as calendar_year
    from {{ ref('counted_item') }} as item
    inner join (
        select indicator_key, min(starts_on) as first_day, max(ends_on) as last_day
        from {{ ref('int_series') }}
        where window_kind = 'month' and window_basis = 'calendar'
        group by indicator_key
    ) as months on months.indicator_key = item.indicator_key
    where item.measure = 'flow' and item.first_day not between months.first_day and months.last_day
),

over_time as (
    select
        indicator_group,
        sum(numerator) filter (where window_kind = 'year') as total,
        sum(numerator) filter (where window_kind = 'month') as parts
    from figure
    where additive_over_time and window_basis = 'calendar'
      and (indicator_key, extract(year from window_starts_on)) not in (select indicator_key, calendar_year from year_beyond_months)
    group by indicator_group, indicator_key, extract(year from window_starts_on), ward_basis, ward_key, breakdown_dim, breakdown_value
),

-- The figures of the calendar years, and a separate distinct count of the items behind each of them.
recounted as (
    select
        figure.indicator_group,
        figure.numerator as total,
        (
            select count(distinct item.item_key) filter (where item.numerator <> 0)
            from {{ ref('counted_item') }} as item
            where item.indicator_key = figure.indicator_key
              and item.first_day between figure.window_starts_on and figure.window_ends_on
        ) as parts
    from figure
    where count_rule = 'distinct' and measure = 'flow' and breakdown_dim = 'total'
      and ward_key = 'city' and window_basis = 'calendar' and window_kind = 'year'
),

sum_check as (
    select 'breakdown_adds_up' as check_key, 'Total = sum of its breakdown (tips = sum of their channels), for every indicator with count_rule sum, window and ward' as description, indicator_group, total, parts from by_breakdown
    union all
    select 'wards_add_up', 'City = sum of wards and unknown, for every window and indicator with additive_over_wards', indicator_group, total, parts from by_ward
    union all
    select 'recast_adds_up', 'Units as they were = today''s units, split and unknown, for every window of a month or longer', indicator_group, total, parts from by_basis
    union all
    select 'months_add_up', 'Calendar year = sum of its months, for every indicator with additive_over_time', indicator_group, total, parts from over_time
    union all
    select 'distinct_adds_up', 'Distinct items counted = figures of the calendar years of the city', indicator_group, total, parts from recounted
),

count_check as (
    {% for feed, properties in feeds().items() %}
    {{ reconcile_feed(feed, properties) }}
    union all
    {% endfor %}
    select
        'tips_figure' as check_key, 'Tips in the fact, of calendar years that have figures = tips in these figures of the city' as description,
        'tips' as indicator_group,
        (
            select count(*)
            from {{ ref('fct_tip') }} as tip
            inner join {{ ref('dim_reporting_window') }} as calendar_year
                on calendar_year.has_begun and calendar_year.window_basis = 'calendar' and calendar_year.window_kind = 'year'
                and tip.received_on between calendar_year.starts_on and calendar_year.ends_on
            where tip.is_received
        ) as left_value,
        (
            select coalesce(sum(numerator), 0)::bigint from figure
            where indicator_key = 'tips_received' and breakdown_dim = 'total'
              and ward_key = 'city' and window_basis = 'calendar' and window_kind = 'year'
        ) as right_value
),

checked as (
    select check_key, description, indicator_group, total, parts from sum_check
    union all
    select check_key, description, indicator_group, left_value, right_value from count_check
)

select
    check_key,
    indicator_group,
    description,
    coalesce(sum(total), 0)::numeric as left_value,
    coalesce(sum(parts), 0)::numeric as right_value,
    coalesce(sum(abs(coalesce(total, 0) - coalesce(parts, 0))), 0)::numeric as difference
from checked
group by check_key, indicator_group, description
