update ops.quarantined_row as quarantined
set replayed_by = {{ file_id }}
from raw.{{ feed_name | identifier }} as loaded
where
    loaded.file_id = {{ file_id }}
    and quarantined.file_id = {{ original_file_id }}
    and quarantined.line_no = loaded.line_no
