-- Files whose names contain no day: the last rejection of each path, unless the same bytes were loaded under that path.
select bad.path, bad.file_id
from (
    select distinct on (path) *
    from ops.export_file
    where feed = {{ feed_name }} and status = 'rejected' and export_date is null
    order by path, file_id desc
) as bad
where
    bad.gate <> 'discarded'
    and not exists (
        select from ops.export_file as good
        where good.feed = bad.feed and good.path = bad.path and good.sha256 = bad.sha256 and good.status = 'loaded'
    )
order by bad.path
