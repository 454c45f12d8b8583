-- The totals of one indicator and area in the last windows of one kind up to a day, the newest first; as they stood at an
-- instant where one is given.
select
    figure.window_key,
    figure.window_label_vi as label,
    figure.value,
    figure.unit,
    figure.is_complete
from {% if is_ward %}reporting.ward_figure{% elif at is none %}reporting.figure{% else %}reporting.indicator_as_of({{ indicator }}, {{ at }}){% endif %} as figure
where
    figure.indicator_key = {{ indicator }}
    and figure.window_kind = {{ window_kind }}
    and figure.window_basis = {{ window_basis }}
    and figure.window_starts_on <= {{ until }}
    and figure.ward_key = {{ ward }}
    and figure.ward_basis = 'as_was'
    and figure.breakdown_value = 'total'
order by figure.window_starts_on desc
limit {{ count }}
