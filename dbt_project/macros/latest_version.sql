{#
    The latest state of every key of a feed: by updated_at, then export date, then the order in which files were
    loaded, then line. An incremental build reads only the rows of files that it has just taken, and lets a row
    through only if it beats the state that is already there.
#}
{% macro latest_version(feed, key) %}
with taken as (
    select raw.*, file.export_date, file.acceptance_no
    from {{ source('raw', feed) }} as raw
    inner join {{ source('staging_ledger', 'taken_file') }} as file on file.file_id = raw.file_id
    {% if is_incremental() %}where file.taken_by = '{{ invocation_id }}'{% endif %}
),

latest as (
    select distinct on ({{ key }}) *
    from taken
    order by {{ key }}, updated_at desc, export_date desc nulls last, file_id desc, line_no desc
)

select * from latest
{%- if is_incremental() %}
where not exists (
    select from {{ this }} as known
    where known.{{ key }} = latest.{{ key }}
      and {{ version_order('known') }} > {{ version_order('latest') }}
)
{%- endif %}
{% endmacro %}

{% macro version_order(row) -%}
    ({{ row }}.updated_at, coalesce({{ row }}.export_date, '-infinity'), {{ row }}.file_id, {{ row }}.line_no)
{%- endmacro %}
