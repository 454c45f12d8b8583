select distinct export_date
from ops.export_file
where feed = {{ feed_name }} and export_date >= {{ since }} and status = 'loaded' and gate not in ('discarded', 'retracted')
