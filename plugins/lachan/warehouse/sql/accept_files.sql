-- Numbers the files, oldest export first. The caller holds the gate's lock, so that no later number is committed before
-- an earlier one.
update ops.export_file as file
set
    gate = 'accepted',
    acceptance_no = numbered.acceptance_no,
    gate_reason = {{ reasons | json }}::json ->> file.file_id::text,
    gate_at = clock_timestamp()
from (
    select file_id, nextval('ops.acceptance_no') as acceptance_no
    from (
        select file_id
        from ops.export_file
        where file_id = any({{ file_ids }}::bigint[]) and gate = {{ gate }}
        order by export_date, file_id
    ) as ordered
) as numbered
where file.file_id = numbered.file_id
