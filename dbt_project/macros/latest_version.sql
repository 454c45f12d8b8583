{#
    The latest state of every key of a feed, out of the deliveries in force: the row with the highest updated_at, then
    export date, then the order of deliveries (delivered_at, path), then line. An incremental build reads only the keys
    that occur in changed deliveries. A key is left out if its latest state has the
    deletion mark of the contract; a still later state brings it back.
#}
{% macro latest_version(feed, key) %}
{% set mark = feeds()[feed].deletion_mark %}
{% if mark %}select * from ({% endif %}
{% if is_full_build() %}
select distinct on (raw.{{ key }}) raw.*, delivery.export_date, delivery.acceptance_no
from {{ source('raw', feed) }} as raw
inner join {{ source('ops', 'delivery_in_force') }} as delivery on delivery.file_id = raw.file_id
order by raw.{{ key }}, {{ newest_first('raw', 'delivery') }}
{% else %}
{{ latest_version_of_changed(feed, key, mark) }}
{% endif %}
{% if mark %}) as latest where latest.{{ mark[0] }} is distinct from '{{ mark[1] }}'{% endif %}
{% endmacro %}

{#
    The latest state of the keys in changed deliveries. Raw has no index on keys, so that it stays small and is loaded fast;
    searching it for keys would cost more with every year. It is not needed as long as staging has the latest state of the
    deliveries that were applied before: then only that state and the rows of the changed deliveries are compared. All rows
    of a key are read if its state in staging came from a changed delivery, because another may take its place, and if
    staging lacks the key although the feed has a deletion mark, because its latest state may have been a deleted one.
#}
{% macro latest_version_of_changed(feed, key, mark) %}
with changed as materialized (
    {{ changed_deliveries(feed) }}
),

delivered as materialized (
    select raw.{{ key }}, raw.updated_at, raw.file_id, raw.line_no
    from {{ source('raw', feed) }} as raw
    where raw.file_id = any(array(select file_id from changed))
),

staged as materialized (
    select staged.{{ key }}, staged.updated_at, staged.file_id, staged.line_no
    from {{ this }} as staged
    where staged.{{ key }} = any(array(select distinct {{ key }} from delivered))
),

searched as materialized (
    select {{ key }} from staged where file_id in (select file_id from changed)
    {%- if mark %}
    union all
    select distinct delivered.{{ key }} from delivered where not exists (select from staged where staged.{{ key }} = delivered.{{ key }})
    {%- endif %}
),

candidate as (
    select * from delivered
    union all
    select * from staged
    union all
    select raw.{{ key }}, raw.updated_at, raw.file_id, raw.line_no
    from {{ source('raw', feed) }} as raw
    where exists (select from searched) and raw.{{ key }} in (select {{ key }} from searched)
),

latest as materialized (
    select distinct on (candidate.{{ key }}) candidate.file_id, candidate.line_no, delivery.export_date, delivery.acceptance_no
    from candidate
    inner join {{ source('ops', 'delivery_in_force') }} as delivery on delivery.file_id = candidate.file_id
    order by candidate.{{ key }}, {{ newest_first('candidate', 'delivery') }}
)

select raw.*, latest.export_date, latest.acceptance_no
from {{ source('raw', feed) }} as raw
inner join latest on latest.file_id = raw.file_id and latest.line_no = raw.line_no
where raw.file_id = any(array(select distinct file_id from latest))
{% endmacro %}

{# The order of the states of one key, the newest first: `row` and `delivery` are aliases of raw and delivery_in_force. #}
{% macro newest_first(row, delivery) -%}
{{ row }}.updated_at desc, {{ delivery }}.export_date desc, {{ delivery }}.delivered_at desc, {{ delivery }}.path desc, {{ row }}.file_id desc, {{ row }}.line_no desc
{%- endmacro %}
