-- Writes the rows that differ only.
insert into province.stored_figure as stored (
    city_code,
    figure_id, indicator_key, label_vi, unit, measure, window_key,
    window_kind, window_basis, window_label_vi, window_starts_on, window_ends_on, is_complete,
    days_missing, breakdown_dim, breakdown_value, breakdown_label_vi, numerator, denominator,
    value, is_hidden, revision_no, published_at, hides_revisions
)
select
    {{ city_code }},
    figure_id, indicator_key, label_vi, unit, measure, window_key,
    window_kind, window_basis, window_label_vi, window_starts_on, window_ends_on, is_complete,
    days_missing, breakdown_dim, breakdown_value, breakdown_label_vi, numerator, denominator,
    value, is_hidden, revision_no, published_at, hides_revisions
from collected_figure
on conflict (city_code, window_key, indicator_key, breakdown_value) do update set
    figure_id = excluded.figure_id, label_vi = excluded.label_vi, unit = excluded.unit,
    measure = excluded.measure, window_kind = excluded.window_kind, window_basis = excluded.window_basis,
    window_label_vi = excluded.window_label_vi, window_starts_on = excluded.window_starts_on, window_ends_on = excluded.window_ends_on,
    is_complete = excluded.is_complete, days_missing = excluded.days_missing, breakdown_dim = excluded.breakdown_dim,
    breakdown_label_vi = excluded.breakdown_label_vi, numerator = excluded.numerator, denominator = excluded.denominator,
    value = excluded.value, is_hidden = excluded.is_hidden, revision_no = excluded.revision_no,
    published_at = excluded.published_at, hides_revisions = excluded.hides_revisions
where
    (
        stored.figure_id, stored.label_vi, stored.unit, stored.measure, stored.window_kind,
        stored.window_basis, stored.window_label_vi, stored.window_starts_on, stored.window_ends_on, stored.is_complete,
        stored.days_missing, stored.breakdown_dim, stored.breakdown_label_vi, stored.numerator, stored.denominator,
        stored.value, stored.is_hidden, stored.revision_no, stored.published_at, stored.hides_revisions
    ) is distinct from (
        excluded.figure_id, excluded.label_vi, excluded.unit, excluded.measure, excluded.window_kind,
        excluded.window_basis, excluded.window_label_vi, excluded.window_starts_on, excluded.window_ends_on, excluded.is_complete,
        excluded.days_missing, excluded.breakdown_dim, excluded.breakdown_label_vi, excluded.numerator, excluded.denominator,
        excluded.value, excluded.is_hidden, excluded.revision_no, excluded.published_at, excluded.hides_revisions
    )
