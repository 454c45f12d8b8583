{#
    The latest state of every key of a feed: the row with the highest updated_at, then export date, then file_id (the
    order in which files were loaded), then line. An incremental build reads only the rows of the files that this
    invocation has taken, and keeps a row only if staging has no later state of its key.
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
    select from {{ this }} as existing
    where existing.{{ key }} = latest.{{ key }}
      and {{ version_order('existing') }} > {{ version_order('latest') }}
)
{%- endif %}
{% endmacro %}

{# The columns by which two states of one key are compared, as a row value; the greater one is the later state. #}
{% macro version_order(row) -%}
    ({{ row }}.updated_at, coalesce({{ row }}.export_date, '-infinity'), {{ row }}.file_id, {{ row }}.line_no)
{%- endmacro %}
