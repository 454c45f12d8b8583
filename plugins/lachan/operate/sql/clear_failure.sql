-- Clears the alert of a task that has succeeded again; one row if there was one.
with cleared as (
    update ops.alert
    set cleared_at = {{ now }}
    where cleared_at is null and alert_key = {{ alert_key }}
    returning *
)

insert into ops.alert_history
    (alert_key, kind, feed, severity, message, about, first_seen, last_seen, cleared_at, cleared_by)
select alert_key, kind, feed, severity, message, about, first_seen, last_seen, cleared_at, {{ run_id }}
from cleared
returning first_seen
