-- The totals of one area in some windows, with what they are compared with.
select
    figure.figure_id,
    figure.indicator_key,
    figure.window_key,
    figure.value,
    figure.numerator,
    figure.denominator,
    figure.unit,
    figure.year_before_value,
    figure.year_change,
    figure.year_change_percent,
    figure.no_base_vi,
    figure.is_complete,
    figure.days_missing,
    figure.is_small_count,
    figure.suppressed
from {% if is_ward %}reporting.ward_figure{% else %}reporting.figure{% endif %} as figure
where
    figure.window_key = any({{ windows }}::text[])
    and figure.ward_key = {{ ward }}
    and figure.ward_basis = 'as_was'
    and figure.breakdown_dim = 'total'
