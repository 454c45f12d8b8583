{#
    Every row of a register in each of its snapshots in force. Of several deliveries for one day only the newest is in
    force; rows that a replay has repaired belong to the delivery from which they came.

    It is a view, because a copy of every snapshot would take as much space as the raw rows, and nothing has to be looked up
    in it by key. The columns of raw come last, where a column that the contract gains is added.
#}
{% macro snapshot_in_force(feed) %}
select delivery.export_date, delivery.acceptance_no, raw.*
from {{ source('raw', feed) }} as raw
inner join {{ source('ops', 'delivery_in_force') }} as delivery on delivery.file_id = raw.file_id
{% endmacro %}
