-- One load of a file, with what became of it.
select
    file.file_id,
    file.feed,
    file.path,
    file.sha256,
    file.export_date,
    file.size_bytes,
    file.delivered_at,
    file.loaded_at,
    file.encoding,
    file.identity_findings,
    file.warnings,
    file.notes,
    file.unknown_columns,
    file.rows_read,
    file.rows_loaded,
    file.rows_quarantined,
    file.rows_duplicate,
    file.run_id,
    delivery.standing,
    delivery.superseded_by,
    delivery.since,
    delivery.decided_by,
    delivery.why
from ops.export_file as file
inner join ops.delivery as delivery on delivery.file_id = file.file_id
where file.file_id = {{ file_id }}
