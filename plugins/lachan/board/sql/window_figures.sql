-- All figures of the city in a window, totals before parts; as they stood at an instant where one is given.
select
    figure_id,
    indicator_key,
    label_vi,
    breakdown_label_vi,
    breakdown_value,
    unit,
    value,
    numerator,
    denominator,
    year_before_value,
    year_change,
    days_missing,
    suppressed,
    revision_no
from {% if at is none %}reporting.figure{% else %}reporting.window_as_of({{ window }}, {{ at }}){% endif %}

where window_key = {{ window }} and ward_key = 'city' and ward_basis = 'as_was'
order by indicator_key, breakdown_dim <> 'total', breakdown_value
