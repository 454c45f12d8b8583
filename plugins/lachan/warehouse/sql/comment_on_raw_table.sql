comment on table raw.{{ feed.name | identifier }} is {{ (feed.grain ~ " " ~ feed.title ~ ".") | literal }};
{% for column in columns %}
comment on column raw.{{ feed.name | identifier }}.{{ column.name | identifier }} is {{ column.comment }};
{% endfor %}
