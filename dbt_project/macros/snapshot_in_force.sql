{#
    Every row of a register in each of its snapshots. A later delivery replaces the earlier delivery for the same export
    date completely. Rows that a replay has repaired belong to the delivery from which they came. An incremental build
    recomputes the export dates of the files that this invocation has taken.
#}
{% macro snapshot_in_force(feed) %}
with accepted_file as (
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

ranked_file as (
    select *, delivery_id = max(delivery_id) over (partition by export_date) as is_in_force
    from accepted_file
)

select raw.*, ranked_file.export_date, ranked_file.acceptance_no
from {{ source('raw', feed) }} as raw
inner join ranked_file on ranked_file.file_id = raw.file_id and ranked_file.is_in_force
{% endmacro %}
