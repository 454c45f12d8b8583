{#
    Compares the rows of a feed in force with its staging model. A feed of changes must have one row per key in staging,
    without the keys that its deletion mark has deleted; a register must have the rows of each snapshot in force, that is
    of the last delivery for each export date. Staging must have applied exactly the deliveries in force.
#}
{% macro reconcile_feed(feed, declared) %}
    select
        '{{ feed }}_staging' as check_key,
        'Rows of deliveries in force = rows in staging ({{ feed }})' as description,
        '{{ declared.indicator_group }}' as indicator_group,
        {% if declared.deletion_mark -%}
        (
            select count(*)
            from (
                select distinct on (raw.{{ declared.key }}) raw.{{ declared.deletion_mark[0] }} as mark
                from {{ source('raw', feed) }} as raw
                inner join {{ source('ops', 'delivery_in_force') }} as file on file.file_id = raw.file_id
                order by raw.{{ declared.key }}, {{ newest_first('raw', 'file') }}
            ) as latest
            where latest.mark is distinct from '{{ declared.deletion_mark[1] }}'
        )
        {%- elif declared.delivery == 'changes' -%}
        (
            select count(item.{{ declared.key }})
            from (
                select raw.{{ declared.key }} -- grouped, because a distinct count sorts all rows
                from {{ source('raw', feed) }} as raw
                inner join {{ source('ops', 'delivery_in_force') }} as file on file.file_id = raw.file_id
                group by raw.{{ declared.key }}
            ) as item
        )
        {%- else -%}
        (
            select coalesce(sum(rows_loaded), 0)::bigint
            from {{ source('ops', 'delivery_in_force') }}
            where feed = '{{ feed }}'
        )
        {%- endif %} as left_value,
        (select count(*) from {{ ref('stg_' ~ feed) }}) as right_value
    union all
    select
        'only_in_force', 'Deliveries applied by staging that are not in force = 0', '{{ declared.indicator_group }}',
        (
            select count(*)
            from {{ source('ops', 'applied_delivery') }} as applied
            left join {{ source('ops', 'delivery_in_force') }} as wanted on wanted.file_id = applied.file_id
            where applied.feed = '{{ feed }}' and wanted.file_id is null
        ), 0
    union all
    select
        'all_in_force', 'Deliveries in force that staging has not applied = 0', '{{ declared.indicator_group }}',
        (
            select count(*)
            from {{ source('ops', 'delivery_in_force') }} as wanted
            left join {{ source('ops', 'applied_delivery') }} as applied on applied.file_id = wanted.file_id
            where wanted.feed = '{{ feed }}' and applied.file_id is null
        ), 0
{% endmacro %}
