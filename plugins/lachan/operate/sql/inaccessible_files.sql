select path, export_date, reason
from ops.inaccessible_file
where feed = {{ feed_name }}
order by path
