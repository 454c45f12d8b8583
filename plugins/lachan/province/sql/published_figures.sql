-- Figures of the city as a whole, in windows of a week or more, in the order of the columns of province.stored_figure.
select
    figure_id, indicator_key, label_vi, unit, measure, window_key, window_kind, window_basis, window_label_vi,
    window_starts_on, window_ends_on, is_complete, days_missing, breakdown_dim, breakdown_value, breakdown_label_vi,
    numerator, denominator, value, suppressed is not null as is_hidden, revision_no, published_at
from reporting.figure
where ward_key = 'city' and ward_basis = 'as_was' and window_kind <> 'day'
