{{ config(materialized='stable_view') }}

-- A subquery and not a CTE: the planner joins what a view selects with the tables of its readers only if it has no CTE.
select
    indicator_key, feed, label_vi, unit, measure, breakdown_dim, denominator is not null as is_ratio, small_count_below, has_wards,
    window_id, window_key, window_kind, window_basis, window_label_vi, starts_on, ends_on, as_of, is_covered,
    as_of = ends_on and days_missing = 0 as is_complete,
    days_missing,
    year_before_key, year_before_id, year_before_starts_on,
    case
        when as_of < ends_on then 'Kỳ chưa kết thúc'
        when days_missing > 0 then 'Kỳ này thiếu ' || days_missing || ' ngày số liệu'
        when not has_year_before then 'Không có số liệu cùng kỳ năm trước'
        when days_missing_before > 0 then 'Cùng kỳ năm trước thiếu ' || days_missing_before || ' ngày số liệu'
    end as no_base_vi
from (
    select
        indicator.*,
        reporting_window.window_id, reporting_window.window_key, reporting_window.window_kind, reporting_window.window_basis,
        reporting_window.window_label_vi, reporting_window.starts_on, reporting_window.ends_on, reporting_window.as_of,
        reporting_window.year_before_key, reporting_window.year_before_id, reporting_window.year_before_starts_on,
        feed_window.is_covered, feed_window.has_year_before,
        case indicator.measure when 'stock' then feed_window.last_days_missing else feed_window.days_missing end as days_missing,
        case indicator.measure when 'stock' then feed_window.year_before_last_days_missing else feed_window.year_before_days_missing end
            as days_missing_before
    from {{ ref('dim_reporting_window') }} as reporting_window
    cross join {{ ref('indicators') }} as indicator
    -- A left join, because the planner can evaluate it only when a window and an indicator are known. Of an inner join, a reader that
    -- joins counts by window would read the counts of a window once for every feed.
    left join {{ ref('int_feed_window') }} as feed_window
        on feed_window.window_id = reporting_window.window_id and feed_window.feed = indicator.feed
    where
        -- `case`, because the planner turns a left join into an inner join if a condition is known to leave out unmatched rows
        case indicator.measure
            when 'flow' then feed_window.feed is not null
            else reporting_window.is_touched and feed_window.is_covered
        end
        -- vitality is assessed only at the end of windows of a month or longer
        and (indicator.breakdown_dim is distinct from 'vitality_state' or reporting_window.window_kind not in ('day', 'week'))
) as indicator_window
