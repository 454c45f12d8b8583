-- The newest backup that was completed, when the first file of the ledger was loaded, and when the warehouse was made.
select
    latest.snapshot_at,
    latest.name,
    latest.place,
    (select min(entry.loaded_at) from ops.export_file as entry where entry.status = 'loaded') as first_loaded_at,
    (select min(migration.applied_at) from ops.migration as migration) as migrated_at
from (select 1 as one) as always
left join lateral (
    select
        backup.snapshot_at,
        backup.name,
        backup.place
    from ops.backup as backup
    order by backup.finished_at desc
    limit 1
) as latest on true
