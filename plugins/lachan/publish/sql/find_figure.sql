-- A published figure by its figure_id, or by indicator[/part], window, ward and ward basis. Two queries, because one with `or`
-- would read all figures.
select figure_id, label_vi, window_label_vi, ward_name, breakdown_label_vi, numerator, denominator, value
from reporting.figure
where figure_id = {{ figure_name }}
union all
select figure_id, label_vi, window_label_vi, ward_name, breakdown_label_vi, numerator, denominator, value
from reporting.figure
where
    indicator_key = split_part({{ figure_name }}, '/', 1)
    and window_key = {{ window }}
    and ward_key = {{ ward }}
    and ward_basis = {{ basis }}
    and breakdown_value = coalesce(nullif(split_part({{ figure_name }}, '/', 2), ''), 'total')
