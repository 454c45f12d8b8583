{#
    Every row of a register in each of its snapshots in force. Of several deliveries for one day only the newest is in
    force; rows that a replay has repaired belong to the delivery from which they came. An incremental build reads only
    the export dates of changed deliveries.
#}
{% macro snapshot_in_force(feed) %}
select raw.*, delivery.export_date, delivery.acceptance_no
from {{ source('raw', feed) }} as raw
inner join {{ source('ops', 'delivery_in_force') }} as delivery on delivery.file_id = raw.file_id
where {{ delivery_scope('delivery', feed) }}
{% endmacro %}
