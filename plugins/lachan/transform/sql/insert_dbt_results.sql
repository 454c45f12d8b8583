insert into ops.dbt_result
    (run_id, node, resource_type, status, rows_affected, seconds, message)
values
{% for result in results %}
    (
        {{ run_id }}, {{ result.node.name }}, {{ result.node.resource_type | string }}, {{ result.status | string }},
        {{ (result.adapter_response or {}).get("rows_affected") }}, {{ result.execution_time }}, {{ result.message }}
    ){% if not loop.last %},{% endif %}

{% endfor %}
