{#
    Every row of a register in each of its snapshots. A later delivery replaces that of its day whole; what a replay
    mended of a delivery belongs to it. An incremental build makes anew the days of the files that it has just taken.
#}
{% macro snapshot_in_force(feed) %}
with delivered as (
    select
        file.file_id, file.export_date, file.acceptance_no,
        min(file.file_id) over (partition by file.export_date, ledger.path, ledger.sha256) as delivery_id
    from {{ source('staging_ledger', 'taken_file') }} as file
    inner join {{ source('ops', 'export_file') }} as ledger on ledger.file_id = file.file_id
    where file.feed = '{{ feed }}'
    {% if is_incremental() %}
      and file.export_date in (
          select export_date from {{ source('staging_ledger', 'taken_file') }}
          where feed = '{{ feed }}' and taken_by = '{{ invocation_id }}'
      )
    {% endif %}
),

in_force as (
    select *, delivery_id = max(delivery_id) over (partition by export_date) as holds
    from delivered
)

select raw.*, in_force.export_date, in_force.acceptance_no
from {{ source('raw', feed) }} as raw
inner join in_force on in_force.file_id = raw.file_id and in_force.holds
{% endmacro %}
