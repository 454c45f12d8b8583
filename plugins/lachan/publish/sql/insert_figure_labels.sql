-- The series and windows, with their labels of now, that figures to be published have and none had before.
{% for table in ["series", "window"] %}
{% set names = figure.columns | selectattr("stored_in", "equalto", table) | map(attribute="name") | list %}
insert into reporting.figure_{{ table | sql_type }} ({{ names | identifiers }})
select distinct {{ names | identifiers("computed") }}
from marts.figure as computed
inner join reference.indicators as indicator on indicator.indicator_key = computed.indicator_key
where
    indicator.indicator_group = any({{ groups }}::text[])
    and computed.window_key in (select window_key from ops.unpublished_window where mart = 'figure')
    and md5(row({{ names | identifiers("computed") }})::text) not in (
        select md5(row({{ names | identifiers("known") }})::text) from reporting.figure_{{ table | sql_type }} as known
    );
analyze reporting.figure_{{ table | sql_type }};
{% endfor %}
