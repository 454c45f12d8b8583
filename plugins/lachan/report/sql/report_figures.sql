-- The figures of a window, with the publication that made the state of each; as they stood at an instant where one is given.
-- The city's report has those of all wards too, the report of a ward only its own. A reader of a ward reads its own only, and
-- no publications.
select
    figure.figure_id,
    figure.indicator_key,
    figure.label_vi,
    figure.unit,
    figure.window_kind,
    figure.window_basis,
    figure.window_label_vi,
    figure.window_starts_on,
    figure.window_ends_on,
    figure.ward_key,
    figure.ward_name,
    figure.breakdown_value,
    figure.breakdown_label_vi,
    figure.numerator,
    figure.denominator,
    figure.value,
    figure.year_before_value,
    figure.year_change,
    figure.year_change_percent,
    figure.days_missing,
    figure.is_complete,
    figure.suppressed,
    figure.revision_no,
    figure.published_at,
    {% if is_ward %}null{% else %}
    (
        select max(publication.publication_id)
        from reporting.publication
        where publication.published_at <= figure.published_at
    )
    {% endif %} as publication_id
from {% if is_ward %}reporting.ward_figure{% elif at is none %}reporting.figure{% else %}reporting.window_as_of({{ window }}, {{ at }}){% endif %} as figure
where
    figure.window_key = {{ window }}
    and figure.ward_basis = 'as_was'
    and ({{ ward }} = 'city' or figure.ward_key = {{ ward }})
order by
    figure.ward_key <> 'city', figure.ward_name, figure.ward_key, figure.indicator_key, figure.breakdown_dim <> 'total',
    figure.breakdown_value, figure.figure_id
