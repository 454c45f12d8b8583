-- What the tables and views of `province` and their columns mean. Safe to run again at any time.
{% set own = {
    "city_code": "Code of the city",
    "city_name_vi": "Name of the city",
    "is_hidden": "Whether the city hides the number from readers who are not cleared",
    "shown_as": "shown, or hidden from readers who are not cleared",
    "is_additive": "Whether the numbers of cities can be added: it is a count, not a ratio",
    "no_sum_vi": "Why there is no sum",
    "revision_no": "Number of the revision in the city, from 1 for each figure",
    "published_at": "When the city published the revision; its last publication where it keeps revisions from the reader",
    "hides_revisions": "Whether the city keeps the revisions from readers who are not cleared",
} %}
{% set collected = [
    "figure_id", "indicator_key", "label_vi", "unit", "measure", "window_key", "window_kind", "window_basis", "window_label_vi",
    "window_starts_on", "window_ends_on", "is_complete", "days_missing", "breakdown_dim", "breakdown_value", "breakdown_label_vi",
    "numerator", "denominator", "value"
] %}
{% set of_sum = ["indicator_key", "label_vi", "unit", "window_key", "breakdown_value", "breakdown_label_vi", "value"] %}
{% if relations == "tables" %}
comment on table province.city is 'One row is one city of the province, and when its figures were collected';
comment on column province.city.city_code is 'Code of the city';
comment on column province.city.name_vi is 'Name of the city';
comment on column province.city.database_name is 'Its database on the same server';
comment on column province.city.publication_id is 'Its publication that was collected last';
comment on column province.city.published_at is 'When that was published';
comment on column province.city.collected_at is 'When it was collected';
comment on column province.city.tried_at is 'When its figures were last asked for';
comment on column province.city.error is 'Why they could not be read then; null if they were';

comment on table province.reader is 'One row is one login that sees the figures of all cities';
comment on column province.reader.login_name is 'Name of the login';
comment on column province.reader.added_at is 'When it was added';
comment on column province.reader.added_by is 'Login that added it';

comment on table province.stored_figure is 'One row is one figure of one city as it has published it; the view figure shows what its reader may see';
{% set described = ["stored_figure"] %}
{% set columns_of = {"stored_figure": ["city_code", "is_hidden", "hides_revisions", "is_additive", "revision_no", "published_at"]} %}
{% else %}
comment on column province.city_state.city_code is 'Code of the city';
comment on column province.city_state.name_vi is 'Name of the city';
comment on column province.city_state.published_at is 'When it published what is collected';
comment on column province.city_state.collected_at is 'When that was collected';
comment on column province.city_state.tried_at is 'When its figures were last asked for';
comment on column province.city_state.is_away is 'Whether they could not be read then';
{% set described = ["figure", "figure_sum"] %}
{% set columns_of = {
    "figure": ["city_code", "city_name_vi", "shown_as", "is_additive", "revision_no", "published_at"], "figure_sum": ["no_sum_vi"]
} %}
{% endif %}
{% for relation in described %}
{% for name in columns_of[relation] %}
comment on column province.{{ relation | identifier }}.{{ name | identifier }} is {{ own[name] | literal }};
{% endfor %}
{% for column in figure.columns if column.name in collected and (relation != "figure_sum" or column.name in of_sum) %}
comment on column province.{{ relation | identifier }}.{{ column.name | identifier }} is {{ column.description }};
{% endfor %}
{% endfor %}
