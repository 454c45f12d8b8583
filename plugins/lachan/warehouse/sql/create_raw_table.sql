create table raw.{{ feed.name | identifier }} (
{% for column in columns %}
    {{ column.name | identifier }} {{ column.sql_type | sql_type }}{% if column.is_required %} not null{% endif %}{% if not loop.last %},{% endif %}

{% endfor %}
);
create index on raw.{{ feed.name | identifier }} using brin (file_id);
