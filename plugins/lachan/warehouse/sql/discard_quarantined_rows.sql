update ops.quarantined_row
set discarded_why = {{ why }}
where file_id = {{ file_id }} and replayed_by is null and discarded_why is null
