{{ config(unique_key=['window_key', 'indicator_key'], scope=['window_scope']) }}

-- The days of each window, up to its last day with data, of which a feed has no export in force. For a stock only the
-- days that end with the as_of day matter, because it is counted on that day.
with missing as (
    select
        gap.feed, reporting_window.window_key,
        sum(least(gap.last_day, reporting_window.as_of) - greatest(gap.first_day, reporting_window.starts_on) + 1) as flow_days,
        coalesce(
            sum(reporting_window.as_of - greatest(gap.first_day, reporting_window.starts_on) + 1)
            filter (where gap.last_day >= reporting_window.as_of),
            0
        ) as stock_days
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
),

series as (
    select
        indicator.indicator_key, indicator.label_vi, indicator.unit, indicator.measure, indicator.breakdown_dim,
        indicator.denominator is not null as is_ratio,
        indicator.small_count_below,
        indicator.has_wards,
        reporting_window.window_key, reporting_window.window_kind, reporting_window.window_basis, reporting_window.window_label_vi,
        reporting_window.starts_on, reporting_window.ends_on, reporting_window.as_of,
        reporting_window.as_of >= feed_span.first_day as is_covered,
        reporting_window.ends_on > feed_span.last_day as is_open,
        coalesce(case indicator.measure when 'stock' then missing.stock_days else missing.flow_days end, 0)::integer as days_missing,
        year_before.window_key as year_before_key,
        year_before.window_id as year_before_id,
        year_before.starts_on as year_before_starts_on,
        coalesce(year_before.ends_on >= feed_span.first_day, false) as has_year_before,
        coalesce(case indicator.measure when 'stock' then missing_before.stock_days else missing_before.flow_days end, 0)::integer
            as days_missing_before
    from {{ ref('indicators') }} as indicator
    inner join {{ ref('int_feed_span') }} as feed_span on feed_span.feed = indicator.feed
    inner join {{ ref('dim_reporting_window') }} as reporting_window
        on reporting_window.has_begun
        and {{ report_scope('reporting_window') }}
        and (indicator.measure = 'flow' or (reporting_window.is_touched and reporting_window.as_of >= feed_span.first_day))
    left join missing on missing.feed = indicator.feed and missing.window_key = reporting_window.window_key
    left join {{ ref('dim_reporting_window') }} as year_before on year_before.window_key = reporting_window.year_before_key
    left join missing as missing_before
        on missing_before.feed = indicator.feed and missing_before.window_key = reporting_window.year_before_key
    -- vitality is assessed only at the end of windows of a month or longer
    where indicator.breakdown_dim is distinct from 'vitality_state' or reporting_window.window_kind not in ('day', 'week')
)

select
    indicator_key, label_vi, unit, measure, breakdown_dim, is_ratio, small_count_below, has_wards,
    window_key, window_kind, window_basis, window_label_vi, starts_on, ends_on, as_of, is_covered,
    not is_open and days_missing = 0 as is_complete,
    days_missing,
    year_before_key, year_before_id, year_before_starts_on,
    case
        when is_open then 'Kỳ chưa kết thúc'
        when days_missing > 0 then 'Kỳ này thiếu ' || days_missing || ' ngày số liệu'
        when not has_year_before then 'Không có số liệu cùng kỳ năm trước'
        when days_missing_before > 0 then 'Cùng kỳ năm trước thiếu ' || days_missing_before || ' ngày số liệu'
    end as no_base_vi
from series
where {{ window_scope('series') }}
