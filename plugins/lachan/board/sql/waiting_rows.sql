-- Included as a table: rows of each feed that wait in quarantine.
select
    feed,
    count(*) as rows_waiting
from ops.quarantined_row
where replayed_by is null and discarded_why is null
group by feed
