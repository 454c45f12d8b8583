-- The first load of every delivery of a feed, oldest first.
with delivery as materialized (select file_id, standing from ops.delivery where feed = {{ feed_name }})

select
    file.file_id, file.path, file.sha256, file.size_bytes, file.export_date, file.fingerprint, file.read_at,
    file.status, file.rows_read, file.duplicate_of, file.delivery_no, delivery.standing
from ops.export_file as file
inner join delivery on delivery.file_id = file.file_id
where file.feed = {{ feed_name }} and file.replay_no = 0
order by file.file_id
