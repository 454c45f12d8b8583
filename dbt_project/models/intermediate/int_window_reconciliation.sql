{{ config(unique_key=['window_key', 'check_key', 'indicator_group'], scope=['report_scope']) }}

with reporting_window as (
    select window_key, window_id, window_kind, window_basis, window_year, starts_on, ends_on
    from {{ ref('dim_reporting_window') }} as reporting_window
    where {{ report_scope('reporting_window') }}
),

calendar_year as (
    select * from reporting_window where window_kind = 'year' and window_basis = 'calendar'
),

-- The windows that are checked, and the months with which calendar years are compared.
compared_window as (
    select window_key, window_id, window_kind, window_basis, window_year, true as is_checked
    from reporting_window
    union all
    select window_key, window_id, window_kind, window_basis, window_year, false
    from {{ ref('dim_reporting_window') }}
    where
        window_kind = 'month' and window_basis = 'calendar'
        and window_year in (select window_year from calendar_year)
        and window_key not in (select window_key from reporting_window)
),

-- The counts that the figures consist of. The view of figures would also look up the figures of the year before.
figure as (
    select
        compared_window.window_key, compared_window.window_kind, compared_window.window_basis, compared_window.window_year,
        compared_window.is_checked,
        series.indicator_key, series.ward_basis, series.ward_key, series.breakdown_value,
        counted.numerator,
        indicator.indicator_group, indicator.measure, indicator.breakdown_dim as split_by, indicator.count_rule,
        indicator.additive_over_time, indicator.additive_over_wards
    from {{ ref('int_figure_count') }} as counted
    inner join compared_window on compared_window.window_id = counted.window_id
    inner join {{ ref('int_figure_series') }} as series on series.series_id = counted.series_id
    inner join {{ ref('indicators') }} as indicator on indicator.indicator_key = series.indicator_key
    where
        {{ in_windows('counted', 'compared_window') }}
        -- Has a figure. `is true` makes it a lookup: joined, the planner would multiply windows by indicators first.
        and ((counted.window_id, series.indicator_key) in (
            select window_id, indicator_key
            from {{ ref('int_indicator_window') }} as indicator_window
            where {{ in_windows('indicator_window', 'compared_window') }}
        )) is true
),

checked_figure as (
    select * from figure where is_checked
),

-- Totals and the sums of their parts. Each combination is compared separately, so that errors cannot cancel each other.
by_breakdown as (
    select
        indicator_group, window_key,
        sum(numerator) filter (where breakdown_value = 'total') as total,
        sum(numerator) filter (where breakdown_value <> 'total') as parts
    from checked_figure
    where split_by <> 'total' and count_rule = 'sum' and not (ward_key <> 'city' and window_kind = 'day') -- no parts there
    group by indicator_group, window_key, indicator_key, ward_basis, ward_key
),

by_ward as (
    select
        indicator_group, window_key,
        sum(numerator) filter (where ward_key = 'city') as total,
        sum(numerator) filter (where ward_key <> 'city') as parts
    from checked_figure
    where
        additive_over_wards
        and ward_basis = 'as_was'
        and not (measure = 'stock' and window_kind in ('day', 'week'))
        and not (breakdown_value <> 'total' and window_kind = 'day')
    group by indicator_group, window_key, indicator_key, breakdown_value
),

-- Recasting moves figures between units and must not lose any.
by_basis as (
    select
        indicator_group, window_key,
        sum(numerator) filter (where ward_basis = 'as_was') as total,
        sum(numerator) filter (where ward_basis = 'recast') as parts
    from checked_figure
    where additive_over_wards and ward_key <> 'city' and window_kind not in ('day', 'week')
    group by indicator_group, window_key, indicator_key, breakdown_value
),

months as materialized (
    select series.indicator_key, min(series.starts_on) as first_day, max(series.ends_on) as last_day
    from {{ ref('int_indicator_window') }} as series
    where series.window_kind = 'month' and series.window_basis = 'calendar'
    group by series.indicator_key
),

-- Items before the first or after the last monthly window (for example a patrol planned for the next month) count in
-- their year but in no month. Such a year is not compared with its months. The bounds of all indicators together keep most
-- of the year from being read.
year_beyond_months as (
    select distinct item.indicator_key, calendar_year.window_key
    from {{ ref('counted_item') }} as item
    inner join calendar_year on item.first_day between calendar_year.starts_on and calendar_year.ends_on
    inner join months on months.indicator_key = item.indicator_key and item.first_day not between months.first_day and months.last_day
    where
        item.measure = 'flow'
        and item.first_day between (select min(starts_on) from calendar_year) and (select max(ends_on) from calendar_year)
        and (item.first_day < (select max(first_day) from months) or item.first_day > (select min(last_day) from months))
),

over_time as (
    select
        figure.indicator_group, calendar_year.window_key,
        sum(figure.numerator) filter (where figure.window_key = calendar_year.window_key) as total,
        sum(figure.numerator) filter (where figure.window_key <> calendar_year.window_key) as parts
    from figure
    inner join calendar_year on calendar_year.window_year = figure.window_year
    where
        figure.additive_over_time
        and figure.window_basis = 'calendar'
        and figure.window_kind in ('month', 'year')
        and (figure.indicator_key, calendar_year.window_key) not in (select indicator_key, window_key from year_beyond_months)
    group by
        figure.indicator_group, calendar_year.window_key, figure.indicator_key, figure.ward_basis, figure.ward_key, figure.breakdown_value
),

-- The figures of the calendar years, and a separate distinct count of the items behind each of them.
recounted_item as (
    select item.indicator_key, calendar_year.window_key, count(distinct item.item_key) filter (where item.numerator <> 0) as items
    from {{ ref('counted_item') }} as item
    inner join calendar_year on item.first_day between calendar_year.starts_on and calendar_year.ends_on
    inner join {{ ref('indicators') }} as indicator
        on indicator.indicator_key = item.indicator_key and indicator.count_rule = 'distinct'
    where
        item.measure = 'flow'
        and item.first_day between (select min(starts_on) from calendar_year) and (select max(ends_on) from calendar_year)
        -- constant in each branch of the view, so that those of other feeds are not read
        and item.feed = any(array(select feed from {{ ref('indicators') }} where count_rule = 'distinct'))
    group by item.indicator_key, calendar_year.window_key
),

recounted as (
    select figure.indicator_group, figure.window_key, figure.numerator as total, coalesce(recounted_item.items, 0) as parts
    from checked_figure as figure
    inner join calendar_year on calendar_year.window_key = figure.window_key
    left join recounted_item
        on recounted_item.indicator_key = figure.indicator_key and recounted_item.window_key = figure.window_key
    where figure.count_rule = 'distinct' and figure.measure = 'flow' and figure.breakdown_value = 'total' and figure.ward_key = 'city'
),

checked as (
    select 'breakdown_adds_up' as check_key, indicator_group, window_key, total, parts from by_breakdown
    union all
    select 'wards_add_up', indicator_group, window_key, total, parts from by_ward
    union all
    select 'recast_adds_up', indicator_group, window_key, total, parts from by_basis
    union all
    select 'months_add_up', indicator_group, window_key, total, parts from over_time
    union all
    select 'distinct_adds_up', indicator_group, window_key, total, parts from recounted
)

select
    window_key,
    check_key,
    indicator_group,
    coalesce(sum(total), 0)::numeric as left_value,
    coalesce(sum(parts), 0)::numeric as right_value,
    coalesce(sum(abs(coalesce(total, 0) - coalesce(parts, 0))), 0)::numeric as difference
from checked
group by window_key, check_key, indicator_group
