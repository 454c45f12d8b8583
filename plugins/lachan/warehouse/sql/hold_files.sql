update ops.export_file
set
    gate = 'held',
    gate_reason = {{ reasons | json }}::json ->> file_id::text,
    gate_at = clock_timestamp()
where file_id = any({{ reasons | list }}::bigint[])
