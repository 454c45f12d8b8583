-- Alerts whose cause is gone. Those of a feed whose contract is broken stay as they are: nothing can be said of it.
update ops.alert
set cleared_at = {{ now }}
where
    cleared_at is null
    and alert_key <> all({{ open_keys }}::text[])
    and feed <> all({{ broken_feeds }}::text[])
