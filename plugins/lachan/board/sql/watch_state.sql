-- When `watch` last ran to its end, how many seconds ago, and how many alerts are open.
select
    watch.finished_at,
    extract(epoch from clock_timestamp() - watch.finished_at)::double precision as seconds_ago,
    alert.open_alerts,
    alert.critical_alerts
from (select max(finished_at) as finished_at from ops.watch_run) as watch
cross join (
    select
        count(*) as open_alerts,
        count(*) filter (where severity = 'critical') as critical_alerts
    from ops.alert
    where cleared_at is null
) as alert
