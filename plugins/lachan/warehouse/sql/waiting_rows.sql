-- Included as a table: rows of each feed that wait in quarantine.
select
    quarantined.feed,
    count(*) as rows_waiting
from ops.quarantined_row as quarantined
where quarantined.replayed_by is null and quarantined.discarded_why is null
group by quarantined.feed
