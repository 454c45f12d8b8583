-- One week of what a running platform writes into `ops`, copied from the rows of one real day (run 'day'), with its clock moved.
-- :first is the first day of the week; :builds a day, as feeds arrive at different hours.
create temporary table simulated as
select day::date + time '08:00' + build * interval '1 hour' as at, format('build.%s.%s', day::date, build) as run_id, build
from generate_series(:'first'::date, :'first'::date + 6, interval '1 day') as day, generate_series(1, :builds) as build;

insert into ops.dbt_result (run_id, node, resource_type, status, rows_affected, seconds, message, finished_at)
select simulated.run_id, node, resource_type, status, rows_affected, seconds, message, at
from ops.dbt_result, simulated where dbt_result.run_id = 'day';

insert into ops.check_result
    (run_id, stage, suite, expectation, column_name, severity, success, expected, failed_keys, exception, checked_at)
select simulated.run_id, stage, suite, expectation, column_name, severity, success, expected, failed_keys, exception, at
from ops.check_result, simulated where check_result.run_id = 'day' and (stage = 'audit' or build = 1);

-- With numbers of their own, far below those of the real builds, which stay the last ones.
insert into ops.mart_state (stage, run_id, indicator_group, fingerprint, why, kept_at, state_no)
select
    stage, simulated.run_id, indicator_group, fingerprint, why, at,
    -1e10::bigint + :week * 1e6::bigint + row_number() over (order by at, state_no)
from ops.mart_state, simulated where mart_state.run_id = 'day';

insert into ops.watch_run (run_id, watched_at, critical, warnings, cleared, finished_at)
select run_id, at, 0, 2, 1, at from simulated where build = 1;

insert into ops.alert (alert_key, kind, feed, severity, message, first_seen, last_seen, cleared_at, about)
select format('missing_export:tips:%s:%s', at::date, build), 'missing_export', 'tips', 'critical', repeat('no export came. ', 15),
    at, at, at + interval '5 hours', 'ngày'
from simulated where build <= 3;
insert into ops.alert_history
    (alert_key, kind, feed, severity, message, first_seen, last_seen, cleared_at, cleared_by, about)
select alert_key, kind, feed, severity, message, first_seen, last_seen, cleared_at, 'watch', about
from ops.alert where cleared_at >= :'first'::date;

insert into ops.mail (mail_key, recipient, subject, body, as_of, created_at, tries, sent_at)
select 'digest:' || at::date, recipient, 'Việc cần xử lý', repeat('<p>một dòng của thư</p>', 150), at, at, 1, at
from simulated, unnest(array['truc-ban@example.vn', 'don-vi@example.vn']) as recipient where build = 1;

drop table simulated
