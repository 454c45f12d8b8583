select again.export_date, again.path, original.path
from ops.export_file as again
inner join ops.export_file as original on original.file_id = again.duplicate_of
where again.feed = {{ feed_name }} and again.export_date >= {{ since }}
