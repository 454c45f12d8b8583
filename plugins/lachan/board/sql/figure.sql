select
    figure.figure_id,
    figure.indicator_key,
    figure.label_vi,
    figure.unit,
    figure.window_key,
    figure.window_label_vi,
    figure.ward_basis,
    figure.ward_key,
    figure.ward_name,
    figure.breakdown_label_vi,
    figure.numerator,
    figure.denominator,
    figure.value,
    figure.suppressed,
    figure.revision_no,
    figure.published_at,
    figure.is_complete,
    figure.days_missing
from reporting.figure as figure
where figure.figure_id = {{ figure_id }}
