insert into ops.mart_state (stage, run_id, indicator_group, fingerprint, why)
values ({{ stage }}, {{ run_id }}, {{ group }}, {{ marts }}, {{ why }})
