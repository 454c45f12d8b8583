insert into ops.archive_destruction (archive_no, why, destroyed_by)
select unnest({{ copies }}::bigint[]), {{ why }}, {{ by }}
on conflict (archive_no) do nothing
