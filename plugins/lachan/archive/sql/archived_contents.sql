-- Every content that was ever archived, and whether the archive still has a copy of it.
select archived.sha256, bool_or(destroyed.archive_no is null) as is_kept
from ops.archived_file as archived
left join ops.archive_destruction as destroyed on destroyed.archive_no = archived.archive_no
group by archived.sha256
