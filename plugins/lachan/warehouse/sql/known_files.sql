-- The first load of every file of a feed (path and content), oldest first.
select file_id, path, sha256, size_bytes, export_date, fingerprint, read_at, status, rows_read, gate
from ops.export_file
where feed = {{ feed_name }} and replay_no = 0
order by file_id
