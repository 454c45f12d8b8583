update ops.export_file
set
    gate = 'retracted',
    gate_reason = 'retracted: ' || {{ why }},
    gate_at = clock_timestamp()
where gate = 'accepted' and (file_id = {{ delivery_id }} or replay_of = {{ delivery_id }})
