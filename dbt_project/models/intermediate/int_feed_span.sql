{{ config(unique_key='feed') }}

-- Days without exports are unknown, not zero. The figures of a feed therefore begin with its first export (for a
-- register, with the month of its first snapshot) and end with the latest export of any feed. Days after a feed's own
-- last export are not covered; a register snapshot covers the 31 days after it.
with exported as (
    select
        feed,
        min(export_date) as first_export,
        max(export_date) as last_export,
        max(max(export_date)) over () as last_day,
        feed in ({% for feed, properties in feeds().items() if properties.delivery == 'snapshot' %}'{{ feed }}'{{ ', ' if not loop.last }}{% endfor %}) as is_register
    from {{ source('ops', 'delivery_in_force') }}
    group by feed
)

select
    feed,
    case when is_register then date_trunc('month', first_export)::date else first_export end as first_day,
    last_day,
    least(last_day, case when is_register then last_export + 31 else last_export end) as covered_to
from exported
