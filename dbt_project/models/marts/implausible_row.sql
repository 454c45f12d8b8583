{{ config(unique_key=['feed', 'column_name', 'item_key'], scope=['implausible_scope']) }}

-- The latest state of each item whose date lies further from the day of its export than the contract finds plausible
-- (`plausible`). Such rows count in the window of their date if it has figures; here their agency finds them.
{% set limited = [] %}
{% for feed, declared in feeds().items() %}
{% for column_name, limit in declared.plausible.items() %}{% do limited.append((feed, declared, column_name, limit)) %}{% endfor %}
{% endfor %}
with dated as (
    {% for feed, declared, column_name, limit in limited -%}
    select
        '{{ feed }}' as feed,
        '{{ declared.agency }}' as agency,
        '{{ column_name }}' as column_name,
        {{ declared.key }} as item_key,
        {{ local_date(column_name) if limit.type == 'timestamp' else column_name }} as day,
        export_date,
        {{ limit.before }} as days_before,
        {{ limit.after }} as days_after,
        file_id, line_no
    from {{ ref('stg_' ~ feed) }}
    where
        {{ column_name }} is not null
        {%- if declared.delivery == 'snapshot' %}
        and file_id = any(array(
            select file_id from {{ source('ops', 'delivery_in_force') }}
            where feed = '{{ feed }}' and export_date = (
                select max(export_date) from {{ source('ops', 'delivery_in_force') }} where feed = '{{ feed }}'
            )
        ))
        {%- else %}
        and {{ touched_indexed_key(declared.key, feed) }}
        {%- endif %}
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    feed,
    agency,
    column_name,
    item_key,
    day,
    export_date,
    (day - export_date)::integer as days_after_export,
    days_before as plausible_days_before,
    days_after as plausible_days_after,
    file_id,
    line_no
from dated
where day not between export_date - days_before and export_date + days_after
    and {{ implausible_scope('dated') }}
