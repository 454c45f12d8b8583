{{ config(unique_key=['window_id', 'feed'], scope=['numbered_window_scope']) }}

-- The days of each window, up to its last day with data, of which a feed has no export in force. For a stock only the
-- days that end with the as_of day matter, because it is counted on that day.
with missing as (
    select
        gap.feed, reporting_window.window_key,
        sum(least(gap.last_day, reporting_window.as_of) - greatest(gap.first_day, reporting_window.starts_on) + 1)::integer as days,
        coalesce(
            sum(reporting_window.as_of - greatest(gap.first_day, reporting_window.starts_on) + 1)
            filter (where gap.last_day >= reporting_window.as_of),
            0
        )::integer as last_days
    from {{ ref('int_feed_gap') }} as gap
    inner join {{ ref('dim_reporting_window') }} as reporting_window
        on reporting_window.has_begun
        and gap.first_day <= reporting_window.as_of and gap.last_day >= reporting_window.starts_on
    {%- if not is_full_build() %}
    where reporting_window.window_key in (
        select window_key from {{ ref('int_touched_window') }}
        union
        select year_before_key from {{ ref('dim_reporting_window') }} as compared where {{ report_scope('compared') }}
    )
    {%- endif %}
    group by gap.feed, reporting_window.window_key
)

select
    feed_span.feed, reporting_window.window_id,
    reporting_window.as_of >= feed_span.first_day as is_covered,
    coalesce(missing.days, 0) as days_missing,
    coalesce(missing.last_days, 0) as last_days_missing,
    coalesce(year_before.ends_on >= feed_span.first_day, false) as has_year_before,
    coalesce(missing_before.days, 0) as year_before_days_missing,
    coalesce(missing_before.last_days, 0) as year_before_last_days_missing
from {{ ref('int_feed_span') }} as feed_span
inner join {{ ref('dim_reporting_window') }} as reporting_window
    on reporting_window.has_begun and {{ report_scope('reporting_window') }}
left join missing on missing.feed = feed_span.feed and missing.window_key = reporting_window.window_key
left join {{ ref('dim_reporting_window') }} as year_before on year_before.window_key = reporting_window.year_before_key
left join missing as missing_before
    on missing_before.feed = feed_span.feed and missing_before.window_key = reporting_window.year_before_key
