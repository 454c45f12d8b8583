update ops.quarantined_row as waiting
set replayed_by = {{ file_id }}
from raw.{{ feed_name | identifier }} as loaded
where loaded.file_id = {{ file_id }} and waiting.file_id = {{ original_file_id }} and waiting.line_no = loaded.line_no
