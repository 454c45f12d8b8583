-- The reason for which the file was held stays in gate_reason.
update ops.export_file
set
    gate = 'discarded',
    gate_at = clock_timestamp(),
    gate_reason = concat_ws('; ', 'discarded: ' || {{ why }}, 'was held: ' || gate_reason)
where file_id = {{ file_id }}
