-- The figures of one indicator in one window, and of one area in the windows of a series; as they stood at an instant where
-- one is given.
select
    figure.figure_id,
    figure.window_key,
    figure.window_label_vi as label,
    figure.ward_key,
    figure.ward_code,
    figure.ward_name,
    figure.breakdown_value,
    figure.breakdown_label_vi,
    figure.unit,
    figure.value,
    figure.numerator,
    figure.denominator,
    figure.year_before_value,
    figure.year_change,
    figure.year_change_percent,
    figure.no_base_vi,
    figure.is_complete,
    figure.days_missing,
    figure.is_small_count,
    figure.suppressed,
    figure.revision_no,
    figure.published_at
from {% if is_ward %}reporting.ward_figure{% elif at is none %}reporting.figure{% else %}reporting.indicator_as_of({{ indicator }}, {{ at }}){% endif %} as figure
where
    figure.indicator_key = {{ indicator }}
    and figure.ward_basis = 'as_was'
    and (
        figure.window_key = {{ window }}
        or (figure.window_key = any({{ windows }}::text[]) and figure.ward_key = {{ ward }} and figure.breakdown_value = 'total')
    )
