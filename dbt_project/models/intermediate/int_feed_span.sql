{{ config(unique_key='feed') }}

-- What nobody has sent is not zero: figures begin with a feed's first export (a register speaks of the month of its
-- first snapshot) and end with the last export of all.
select
    feed,
    case
        when feed in ({% for feed, of in feeds().items() if of.delivery == 'snapshot' %}'{{ feed }}'{{ ', ' if not loop.last }}{% endfor %})
            then date_trunc('month', min(export_date))::date
        else min(export_date)
    end as first_day,
    max(max(export_date)) over () as last_day
from {{ source('ops', 'export_file') }}
where gate = 'accepted'
group by feed
