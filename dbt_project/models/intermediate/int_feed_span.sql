{{ config(unique_key='feed') }}

-- What nobody has sent is not zero: figures begin with a feed's first export (a register speaks of the month of its
-- first snapshot) and end with the last export of all. A feed that has stopped covers nothing later; a register holds
-- for a month.
select
    feed,
    case
        when feed in ({% for feed, of in feeds().items() if of.delivery == 'snapshot' %}'{{ feed }}'{{ ', ' if not loop.last }}{% endfor %})
            then date_trunc('month', min(export_date))::date
        else min(export_date)
    end as first_day,
    max(max(export_date)) over () as last_day,
    least(
        max(max(export_date)) over (),
        case
            when feed in ({% for feed, of in feeds().items() if of.delivery == 'snapshot' %}'{{ feed }}'{{ ', ' if not loop.last }}{% endfor %})
                then max(export_date) + 31
            else max(export_date)
        end
    ) as covered_to
from {{ source('ops', 'export_file') }}
where gate = 'accepted'
group by feed
