select
    file.feed,
    file.status,
    file.gate,
    (
        select count(*)
        from ops.quarantined_row as waiting
        where waiting.file_id = file.file_id and waiting.replayed_by is null and waiting.discarded_why is null
    ) as waiting_rows,
    (select count(*) from ops.export_file as again where again.duplicate_of = file.file_id) as repeated_by
from ops.export_file as file
where file.file_id = {{ file_id }}
