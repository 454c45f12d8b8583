-- The ledger by feed: every record that was read is loaded, quarantined or a duplicate.
select
    file.feed,
    count(*) as files,
    sum(file.rows_read) as rows_read,
    sum(file.rows_loaded) as rows_loaded,
    sum(file.rows_quarantined) as rows_quarantined,
    sum(file.rows_duplicate) as rows_duplicate,
    sum(file.rows_loaded + file.rows_quarantined + file.rows_duplicate) as rows_accounted,
    coalesce(max(waiting.rows_waiting), 0) as rows_waiting,
    max(file.export_date) filter (where file.gate = 'accepted') as newest
from ops.export_file as file
left join ({% include "warehouse/sql/waiting_rows.sql" %}) as waiting on waiting.feed = file.feed
group by file.feed
order by file.feed
