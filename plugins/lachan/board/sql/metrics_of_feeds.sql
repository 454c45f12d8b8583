-- By feed: seconds since the newest delivery in force came, files held, rows in quarantine, and owed exports not in force.
select
    file.feed,
    extract(epoch from clock_timestamp() - max(file.delivered_at) filter (where delivery.standing = 'accepted'))
    ::double precision as age,
    count(*) filter (where delivery.standing = 'held') as held,
    coalesce(max(waiting.rows_waiting), 0) as quarantined,
    (
        select count(*)
        from reporting.expected_exports(file.feed) as expected
        where expected.standing <> 'in_force'
    ) as missing
from ops.export_file as file
inner join ops.delivery as delivery on delivery.file_id = file.file_id
left join ({% include "board/sql/waiting_rows.sql" %}) as waiting on waiting.feed = file.feed
group by file.feed
order by file.feed
