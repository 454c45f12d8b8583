{{ config(unique_key=['indicator_key', 'window_key']) }}

select
    indicator.indicator_key, indicator.label_vi, indicator.unit, indicator.measure, indicator.breakdown_dim,
    indicator.denominator is not null as is_ratio,
    indicator.small_count_below,
    touched_window.window_key, touched_window.window_kind, touched_window.window_basis, touched_window.window_label_vi,
    touched_window.starts_on, touched_window.ends_on, touched_window.as_of,
    -- a stock needs data for the last day of the window only
    case indicator.measure when 'stock' then touched_window.ends_on else touched_window.starts_on end >= feed_span.first_day
        and touched_window.ends_on <= feed_span.covered_to as is_complete,
    year_before.window_key as year_before_key,
    year_before.starts_on as year_before_starts_on,
    case
        when touched_window.ends_on > feed_span.last_day then 'Kỳ chưa kết thúc'
        when touched_window.ends_on > feed_span.covered_to then 'Chưa nhận đủ số liệu đến hết kỳ'
        when case indicator.measure when 'stock' then year_before.ends_on else year_before.starts_on end >= feed_span.first_day then null
        else 'Không có số liệu cùng kỳ năm trước'
    end as no_base_vi
from {{ ref('indicators') }} as indicator
inner join {{ ref('int_feed_span') }} as feed_span on feed_span.feed = indicator.feed
inner join {{ ref('dim_reporting_window') }} as touched_window on touched_window.is_touched and touched_window.as_of >= feed_span.first_day
left join {{ ref('dim_reporting_window') }} as year_before on year_before.window_key = touched_window.year_before_key
-- vitality is assessed only at the end of windows of a month or longer
where indicator.breakdown_dim is distinct from 'vitality_state' or touched_window.window_kind not in ('day', 'week')
