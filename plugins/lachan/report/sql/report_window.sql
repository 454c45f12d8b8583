select
    window_key,
    max(window_label_vi) as label,
    window_starts_on as starts_on,
    window_ends_on as ends_on
from reporting.figure_window
where window_key = {{ window }}
group by window_key, window_starts_on, window_ends_on
