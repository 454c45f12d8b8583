{# Three checks of one feed: staging and fact hold each key of the rows taken exactly once, and only taken rows. #}
{% macro reconcile_feed(feed, key, staging, fact) %}
    select
        '{{ feed }}_staging' as check_key,
        'Keys in the raw rows of accepted files = rows in staging ({{ feed }})' as description,
        (
            select count(distinct raw.{{ key }})
            from {{ source('raw', feed) }} as raw
            inner join {{ source('staging_ledger', 'taken_file') }} as file on file.file_id = raw.file_id
        ) as left_value,
        (select count(*) from {{ staging }}) as right_value
    union all
    select
        '{{ feed }}_fact',
        'Rows in staging = rows in the fact ({{ feed }})',
        (select count(*) from {{ staging }}),
        (select count(*) from {{ fact }})
{% endmacro %}
