update {{ table_schema | identifier }}.{{ table_name | identifier }} as loaded
set
{% for name in pseudonym_columns %}
    {{ name | identifier }} = rekeyed.{{ name | identifier }}{% if not loop.last %},{% endif %}

{% endfor %}
from rekeyed
where loaded.file_id = any({{ file_ids }}::bigint[]) and loaded.line_no = rekeyed.line_no
