{{ config(unique_key=['check_key', 'indicator_group']) }}

with description (check_key, description) as (
    values
    ('breakdown_adds_up', 'Total = sum of its breakdown (tips = sum of their channels), for every indicator with count_rule sum, window and ward'),
    ('wards_add_up', 'City = sum of wards and unknown, for every window and indicator with additive_over_wards'),
    ('recast_adds_up', 'Units as they were = today''s units, split and unknown, for every window of a month or longer'),
    ('months_add_up', 'Calendar year = sum of its months, for every indicator with additive_over_time'),
    ('distinct_adds_up', 'Distinct items counted = figures of the calendar years of the city')
),

-- materialized, so that Citus, which spreads raw, does not compute all figures to find these
tips_in_figures as materialized (
    select coalesce(sum(figure.numerator), 0)::bigint as items
    from {{ ref('figure') }} as figure
    where figure.indicator_key = 'tips_received' and figure.breakdown_dim = 'total' and figure.ward_key = 'city'
        and figure.window_key = any(array(
            select window_key from {{ ref('dim_reporting_window') }} where window_basis = 'calendar' and window_kind = 'year'
        ))
),

tips_check as (
    select
        (
            select count(*)
            from {{ ref('fct_tip') }} as tip
            inner join {{ ref('dim_reporting_window') }} as calendar_year
                on calendar_year.has_begun and calendar_year.window_basis = 'calendar' and calendar_year.window_kind = 'year'
                and tip.received_on between calendar_year.starts_on and calendar_year.ends_on
            where tip.is_received
        ) as left_value,
        (select items from tips_in_figures) as right_value
)

select
    by_window.check_key,
    by_window.indicator_group,
    description.description,
    sum(by_window.left_value) as left_value,
    sum(by_window.right_value) as right_value,
    sum(by_window.difference) as difference
from {{ ref('int_window_reconciliation') }} as by_window
inner join description on description.check_key = by_window.check_key
group by by_window.check_key, by_window.indicator_group, description.description

union all

select check_key, indicator_group, description, left_value, right_value, difference
from {{ ref('int_feed_reconciliation') }}

union all

select
    'tips_figure', 'tips', 'Tips in the fact, of calendar years that have figures = tips in these figures of the city',
    left_value::numeric, right_value::numeric, abs(left_value - right_value)::numeric
from tips_check
