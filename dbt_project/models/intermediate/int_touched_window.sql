{{ config(unique_key=['window_key', 'feed']) }}

-- Empty in a full build, which computes every window.
{% if is_full_build() %}
select null::text as window_key, null::text as feed, null::bigint as window_id
limit 0
{% else %}
with holding_day as (
    select touched_day.feed, reporting_window.window_key, reporting_window.window_id
    from {{ ref('int_touched_day') }} as touched_day
    inner join {{ ref('dim_reporting_window') }} as reporting_window
        on reporting_window.has_begun and touched_day.day between reporting_window.starts_on and reporting_window.ends_on
),

taking_stock as (
    select indicator.feed, reporting_window.window_key, reporting_window.window_id
    from {{ ref('int_touched_stock_day') }} as stock_day
    inner join {{ ref('indicators') }} as indicator on indicator.indicator_key = stock_day.indicator_key
    inner join {{ ref('dim_reporting_window') }} as reporting_window
        on reporting_window.is_touched and reporting_window.as_of = stock_day.as_of
),

-- Days that have come to be missing, or are no longer missing, not the whole gap: that of a feed that has ended grows by
-- a day each day. The gap before a feed's first day begins at -infinity.
gap_days as (
    select
        build_id, feed,
        coalesce(range_agg(daterange(first_day, last_day, '[]')) filter (where is_new), '{}') as days,
        coalesce(range_agg(daterange(first_day, last_day, '[]')) filter (where not is_new), '{}') as days_before
    from {{ changes_of('int_feed_gap') }}
    group by build_id, feed
),

changed_gap as (
    select feed, unnest((days - days_before) + (days_before - days)) as days
    from gap_days
),

with_gap as (
    select changed_gap.feed, reporting_window.window_key, reporting_window.window_id
    from changed_gap
    inner join {{ ref('dim_reporting_window') }} as reporting_window
        on reporting_window.has_begun
        and daterange(reporting_window.starts_on, reporting_window.as_of, '[]') && changed_gap.days
),

changed_window as (
    select distinct indicator.feed, reporting_window.window_key, reporting_window.window_id
    from {{ changes_of('dim_reporting_window') }} as reporting_window
    cross join {{ ref('indicators') }} as indicator
    where reporting_window.has_begun
),

-- A feed that begins on another day than before, that has its first delivery, or has none any more.
with_other_span as (
    select feed_span.feed, reporting_window.window_key, reporting_window.window_id
    from {{ changed_states('int_feed_span', ['feed', 'first_day', 'expected_from']) }} as feed_span
    cross join {{ ref('dim_reporting_window') }} as reporting_window
    where reporting_window.has_begun
),

touched as (
    select feed, window_key, window_id from holding_day
    union
    select feed, window_key, window_id from taking_stock
    union
    select feed, window_key, window_id from with_gap
    union
    select feed, window_key, window_id from changed_window
    union
    select feed, window_key, window_id from with_other_span
)

select window_key, feed, window_id
from touched
union
select reporting_window.window_key, touched.feed, reporting_window.window_id
from touched
inner join {{ ref('dim_reporting_window') }} as reporting_window on reporting_window.year_before_key = touched.window_key
{% endif %}
