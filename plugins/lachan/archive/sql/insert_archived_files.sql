-- Of a content that another load has entered in the meantime, nothing is entered.
insert into ops.archived_file (sha256, copy_no, name, size_bytes, recipients, run_id)
select
    added.sha256,
    (
        select count(*)
        from ops.archived_file as earlier
        inner join ops.archive_destruction as destroyed on destroyed.archive_no = earlier.archive_no
        where earlier.sha256 = added.sha256
    ),
    added.name, added.size_bytes, {{ recipients }}::text[], {{ run_id }}
from unnest({{ hashes }}::text[], {{ names }}::text[], {{ sizes }}::bigint[]) as added (sha256, name, size_bytes)
on conflict (sha256, copy_no) do nothing
