insert into ops.watch_run (run_id, watched_at, critical, warnings, cleared)
values ({{ run_id }}, {{ now }}, {{ critical }}, {{ warnings }}, {{ count }})
