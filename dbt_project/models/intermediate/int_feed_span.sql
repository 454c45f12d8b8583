{{ config(unique_key='feed') }}

-- What nobody has sent is not zero: figures begin with a feed's first export (a register speaks of the month of its
-- first snapshot) and end with the last export of all. A feed that has stopped covers nothing later; a register holds
-- for a month.
with sent as (
    select
        feed,
        min(export_date) as first_sent,
        max(export_date) as last_sent,
        max(max(export_date)) over () as last_day,
        feed in ({% for feed, of in feeds().items() if of.delivery == 'snapshot' %}'{{ feed }}'{{ ', ' if not loop.last }}{% endfor %}) as is_register
    from {{ source('ops', 'export_file') }}
    where gate = 'accepted'
    group by feed
)

select
    feed,
    case when is_register then date_trunc('month', first_sent)::date else first_sent end as first_day,
    last_day,
    least(last_day, case when is_register then last_sent + 31 else last_sent end) as covered_to
from sent
