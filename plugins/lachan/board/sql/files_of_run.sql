-- The files that one run, or all runs whose names begin so, have loaded, the newest first.
select
    delivery.file_id,
    delivery.feed,
    delivery.path,
    delivery.export_date,
    delivery.standing,
    delivery.why,
    delivery.rows_read,
    delivery.since
from ops.export_file as file
inner join ops.delivery as delivery on delivery.file_id = file.file_id
where
    file.run_id = {{ run_id }}
    or ({{ is_prefix }} and starts_with(file.run_id, {{ run_id }}))
order by file.file_id desc
limit 1000
