{#
    Every row of a register in each of its snapshots in force. Of several deliveries for one day only the newest is in
    force; rows that a replay has repaired belong to the delivery from which they came. An incremental build reads only
    the export dates of changed deliveries, whose rows the pre-hook has removed.
#}
{% macro snapshot_in_force(feed) %}
select raw.*, delivery.export_date, delivery.acceptance_no
from {{ source('raw', feed) }} as raw
inner join {{ source('ops', 'delivery_in_force') }} as delivery on delivery.file_id = raw.file_id
{% if is_incremental() %}
where exists (
    select from ({{ changed_deliveries(feed) }}) as changed
    where delivery.export_date in (changed.export_date, changed.applied_export_date)
)
{% endif %}
{% endmacro %}
