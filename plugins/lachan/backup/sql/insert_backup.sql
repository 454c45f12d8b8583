insert into ops.backup (name, run_id, snapshot_at, size_bytes, place)
values ({{ manifest.name }}, {{ manifest.run_id }}, {{ manifest.snapshot_at }}, {{ manifest.added_size }}, {{ place }})
