-- Rows of three years ago (:old) and of yesterday (:new) in every table that housekeeping removes from.
insert into ops.export_file (file_id, feed, path, sha256, fingerprint, size_bytes, status, rows_read, rows_loaded,
    rows_quarantined, run_id, gate, gate_at, acceptance_no, loaded_at)
select n, 'tips', n::text, n::text, '', 1, 'loaded', 4, 2, 2, 'r', gate, at, nullif(n, n * (gate <> 'accepted')::int), at
from (values (1, 'accepted', :old), (2, 'retracted', :old), (3, 'retracted', :old), (4, 'retracted', :new),
    (5, 'held', :old), (6, 'discarded', :old)) as file (n, gate, at);
insert into ops.applied_delivery (file_id, feed, export_date, delivered_at, applied_by)
values (3, 'tips', '2024-03-05', :old, 'a build that has not followed yet');
insert into raw.tips (file_id, line_no, tip_id, updated_at, received_at, channel)
select file_id, line, file_id || '-' || line, :old, :old, 'hotline' from ops.export_file, generate_series(2, 3) as line;
insert into ops.quarantined_row (file_id, line_no, feed, reasons, masked_row, replayed_by, discarded_why)
select file_id, line, 'tips', '[]', '{}', case when line = 4 and file_id = 1 then 1 end, null
from ops.export_file, generate_series(4, 5) as line;
insert into ops.batch_profile (file_id, feed, path, export_date, rows_read, rows_loaded, share_quarantined, share_dated_elsewhere,
    rows_in_the_future, warnings, profiled_at)
select file_id, feed, path, '2024-03-05', 1, 1, 0, 0, 0, 0, :old from ops.export_file;
insert into ops.alert (alert_key, kind, feed, severity, message, cleared_at)
values ('open', 'k', '', 'critical', 'm', null), ('old', 'k', '', 'critical', 'm', :old), ('new', 'k', '', 'critical', 'm', :new);
insert into ops.alert_history (alert_key, kind, feed, severity, message, first_seen, last_seen, cleared_at, cleared_by)
select alert_key, kind, feed, severity, message, :old, :old, cleared_at, 'r' from ops.alert where cleared_at is not null;
insert into ops.check_result (run_id, stage, suite, expectation, severity, success, expected, checked_at)
select run, stage, 's', n::text, 'critical', true, 'e', at::timestamptz + n * interval '1 second'
from (values ('gate', 'gate', :old), ('audit 1', 'audit', :old - interval '1 hour'), ('audit 2', 'audit', :old)) as r (run, stage, at),
    generate_series(1, 5) as n;
insert into ops.dbt_result (run_id, node, resource_type, status, seconds, finished_at)
select run, n::text, 'model', 'success', 1, at from (values ('build 1', :old - interval '1 hour'), ('build 2', :old)) as r (run, at),
    generate_series(1, 5) as n;
insert into ops.mail (mail_key, recipient, subject, body, as_of, created_at, sent_at)
values ('digest:1', 'a@example.vn', '', '', :old - interval '1 hour', :old - interval '1 hour', :old - interval '1 hour'),
    ('digest:2', 'a@example.vn', '', '', :old, :old, :old), ('digest:2', 'b@example.vn', '', '', :old, :old, :old),
    ('failure:1', 'a@example.vn', '', '', :old, :old, null), ('failure:2', 'a@example.vn', '', '', :new, :new, null);
insert into ops.mart_state (stage, run_id, indicator_group, fingerprint, why, kept_at)
select stage, 'r' || n, g, case when stage <> 'held' then 'f' end, case when stage = 'held' then 'w' end, :old
from generate_series(1, 3) as n, unnest(array['tips', 'models']) as g, unnest(array['built', 'audited', 'published', 'held']) as stage
order by n, g, array_position(array['built', 'audited', 'published', 'held'], stage);
insert into ops.watch_run (run_id, watched_at, critical, warnings, cleared, finished_at)
values ('1', :old, 0, 0, 0, :old - interval '1 day'), ('2', :old, 0, 0, 0, :old);
