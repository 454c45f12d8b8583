select
    line_no,
    reasons,
    masked_row,
    replayed_by,
    discarded_why
from ops.quarantined_row
where file_id = {{ file_id }}
order by line_no
limit 5000
