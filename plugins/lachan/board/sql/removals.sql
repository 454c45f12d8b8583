-- What housekeeping has removed, the newest first.
select
    removed_at,
    thing,
    item_count,
    round(byte_count / 1e6, 2) as megabytes,
    older_than,
    run_id
from ops.removal
order by removed_at desc
limit 50
