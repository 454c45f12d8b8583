select
    severity,
    kind,
    feed,
    message,
    first_seen,
    last_seen
from ops.alert
where cleared_at is null
order by severity, first_seen, alert_key
