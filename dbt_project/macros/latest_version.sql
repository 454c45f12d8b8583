{#
    The latest state of every key of a feed, out of the deliveries in force: the row with the highest updated_at, then
    export date, then the order of deliveries (delivered_at, path), then line. An incremental build reads only the keys
    that occur in changed deliveries. A key is left out if its latest state has the
    deletion mark of the contract; a still later state brings it back.
#}
{% macro latest_version(feed, key) %}
{% set mark = feeds()[feed].deletion_mark %}
{% if mark %}select * from ({% endif %}
select distinct on (raw.{{ key }}) raw.*, delivery.export_date, delivery.acceptance_no
from {{ source('raw', feed) }} as raw
inner join {{ source('ops', 'delivery_in_force') }} as delivery on delivery.file_id = raw.file_id
where {{ delivery_scope('raw', feed) }}
order by raw.{{ key }}, {{ newest_first('raw', 'delivery') }}
{% if mark %}) as latest where latest.{{ mark[0] }} is distinct from '{{ mark[1] }}'{% endif %}
{% endmacro %}

{# The order of the states of one key, the newest first: `row` and `delivery` are aliases of raw and delivery_in_force. #}
{% macro newest_first(row, delivery) -%}
{{ row }}.updated_at desc, {{ delivery }}.export_date desc, {{ delivery }}.delivered_at desc, {{ delivery }}.path desc, {{ row }}.file_id desc, {{ row }}.line_no desc
{%- endmacro %}
