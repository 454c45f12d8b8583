{{ config(unique_key=['check_key', 'indicator_group']) }}

-- Apart from the other checks, because it reads all rows of all deliveries, which need not wait for the figures.
with checked as (
    {% for feed, properties in feeds().items() %}
    {{ reconcile_feed(feed, properties) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    check_key,
    indicator_group,
    description,
    sum(left_value)::numeric as left_value,
    sum(right_value)::numeric as right_value,
    sum(abs(left_value - right_value))::numeric as difference
from checked
group by check_key, indicator_group, description
