{{ config(unique_key=['indicator_key', 'window_key']) }}

select
    indicator.indicator_key, indicator.label_vi, indicator.unit, indicator.measure, indicator.breakdown_dim,
    indicator.denominator is not null as is_ratio,
    indicator.small_count_below,
    touched.window_key, touched.window_kind, touched.window_basis, touched.window_label_vi,
    touched.starts_on, touched.ends_on, touched.as_of,
    -- a stock is known on the window's last day, or not
    case indicator.measure when 'stock' then touched.ends_on else touched.starts_on end >= span.first_day
        and touched.ends_on <= span.covered_to as is_complete,
    year_before.window_key as year_before_key,
    year_before.starts_on as year_before_starts_on,
    case
        when touched.ends_on > span.last_day then 'Kỳ chưa kết thúc'
        when touched.ends_on > span.covered_to then 'Chưa nhận đủ số liệu đến hết kỳ'
        when case indicator.measure when 'stock' then year_before.ends_on else year_before.starts_on end >= span.first_day then null
        else 'Không có số liệu cùng kỳ năm trước'
    end as no_base_vi
from {{ ref('indicators') }} as indicator
inner join {{ ref('int_feed_span') }} as span on span.feed = indicator.feed
inner join {{ ref('dim_reporting_window') }} as touched on touched.is_touched and touched.as_of >= span.first_day
left join {{ ref('dim_reporting_window') }} as year_before on year_before.window_key = touched.year_before_key
-- vitality is judged at the end of months and longer windows
where indicator.breakdown_dim is distinct from 'vitality_state' or touched.window_kind not in ('day', 'week')
