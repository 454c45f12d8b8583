-- The copies in the archive, with the last delivery of their content and how long they are kept after it; oldest first.
select
    archived.archive_no, archived.sha256, archived.name, archived.size_bytes, archived.recipients, archived.archived_at,
    coalesce(delivered.last_at, archived.archived_at) + make_interval(days => {{ keep_days }}) as kept_until,
    coalesce(delivered.paths, '{}') as paths
from ops.archived_file as archived
left join (
    select sha256, max(loaded_at) as last_at, array_agg(distinct path order by path) as paths
    from ops.export_file
    where replay_no = 0
    group by sha256
) as delivered on delivered.sha256 = archived.sha256
where not exists (select from ops.archive_destruction as destroyed where destroyed.archive_no = archived.archive_no)
order by kept_until, archived.archive_no
