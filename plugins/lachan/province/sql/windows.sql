-- The windows of which some city has figures, as board/windows.sql has those of one city.
select
    window_key as key, window_kind as kind, window_basis as basis, max(window_label_vi) as label,
    window_starts_on as starts_on, window_ends_on as ends_on, bool_or(is_complete) as has_complete
from province.figure
group by window_key, window_kind, window_basis, window_starts_on, window_ends_on
order by window_starts_on, window_ends_on
