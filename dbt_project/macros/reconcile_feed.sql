{#
    Compares the accepted rows of a feed with its staging model. A feed of changes must have one row per key in
    staging; a register must have the rows of each snapshot in force, that is of the last delivery for each export date.
#}
{% macro reconcile_feed(feed, key, delivery) %}
    select
        '{{ feed }}_staging' as check_key,
        'Rows of accepted files that are in force = rows in staging ({{ feed }})' as description,
        {% if delivery == 'changes' -%}
        (
            select count(distinct raw.{{ key }})
            from {{ source('raw', feed) }} as raw
            inner join {{ source('ops', 'delivery_in_force') }} as file on file.file_id = raw.file_id
        )
        {%- else -%}
        (
            select coalesce(sum(rows_loaded), 0)::bigint
            from {{ source('ops', 'delivery_in_force') }}
            where feed = '{{ feed }}'
        )
        {%- endif %} as left_value,
        (select count(*) from {{ ref('stg_' ~ feed) }}) as right_value
{% endmacro %}
