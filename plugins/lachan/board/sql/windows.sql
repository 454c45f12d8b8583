-- The reporting windows with published figures, in their order.
select
    window_key as key,
    window_kind as kind,
    window_basis as basis,
    max(window_label_vi) as label,
    window_starts_on as starts_on,
    window_ends_on as ends_on,
    bool_or(is_complete) as has_complete
from {% if is_ward %}reporting.ward_figure{% else %}reporting.figure_window{% endif %}

group by window_key, window_kind, window_basis, window_starts_on, window_ends_on
order by window_starts_on, window_ends_on, window_key
