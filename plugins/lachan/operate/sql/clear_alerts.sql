-- Clears alerts that were not raised again. Those of a feed whose contract is broken stay open, because it was not checked,
-- and so do those of failed tasks, which end with the task's next success (clear_failure.sql).
with cleared as (
    update ops.alert
    set cleared_at = {{ now }}
    where
        cleared_at is null
        and kind <> 'dag_failed'
        and alert_key <> all({{ open_keys }}::text[])
        and feed <> all({{ broken_feeds }}::text[])
    returning *
)

insert into ops.alert_history
    (alert_key, kind, feed, severity, message, about, first_seen, last_seen, cleared_at, cleared_by)
select alert_key, kind, feed, severity, message, about, first_seen, last_seen, cleared_at, {{ run_id }}
from cleared
