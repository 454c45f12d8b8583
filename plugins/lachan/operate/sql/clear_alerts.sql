-- Clears alerts that were not raised again. Those of a feed whose contract is broken stay open, because it was not checked.
with cleared as (
    update ops.alert
    set cleared_at = {{ now }}
    where
        cleared_at is null
        and alert_key <> all({{ open_keys }}::text[])
        and feed <> all({{ broken_feeds }}::text[])
    returning *
)

insert into ops.alert_history (alert_key, kind, feed, severity, message, first_seen, last_seen, cleared_at, cleared_by)
select alert_key, kind, feed, severity, message, first_seen, last_seen, cleared_at, {{ run_id }}
from cleared
