-- The copies of contents that the archive still has.
select archived.sha256, archived.archive_no, archived.name, archived.size_bytes
from ops.archived_file as archived
where
    archived.sha256 = any({{ hashes }}::text[])
    and not exists (select from ops.archive_destruction as destroyed where destroyed.archive_no = archived.archive_no)
