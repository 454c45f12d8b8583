-- When the last watch that found or cleared something ran, and how many alerts are open.
select
    max(greatest(last_seen, cleared_at)) as last_seen,
    count(*) filter (where cleared_at is null) as open_alerts,
    count(*) filter (where cleared_at is null and severity = 'critical') as critical_alerts
from ops.alert
