update ops.export_file
set fingerprint = {{ entry.fingerprint }}, read_at = clock_timestamp()
where feed = {{ entry.feed }} and path = {{ entry.path }} and sha256 = {{ entry.sha256 }}
