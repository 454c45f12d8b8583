-- Figures of the city as a whole, in windows of a week or more, in the order of the columns of province.stored_figure.
select
    figure.figure_id, figure.indicator_key, figure.label_vi, figure.unit, figure.measure, figure.window_key, figure.window_kind,
    figure.window_basis, figure.window_label_vi, figure.window_starts_on, figure.window_ends_on, figure.is_complete,
    figure.days_missing, figure.breakdown_dim, figure.breakdown_value, figure.breakdown_label_vi, figure.numerator,
    figure.denominator, figure.value, figure.suppressed is not null as is_hidden, figure.revision_no, figure.published_at,
    rule.hides_small_counts is not false as hides_revisions
from reporting.figure as figure
left join reporting.small_count_rule as rule on rule.indicator_key = figure.indicator_key
where figure.ward_key = 'city' and figure.ward_basis = 'as_was' and figure.window_kind <> 'day'
