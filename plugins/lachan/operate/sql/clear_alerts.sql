-- Clears alerts that were not raised again. Those of a feed whose contract is broken stay open, because it was not checked.
update ops.alert
set cleared_at = {{ now }}
where
    cleared_at is null
    and alert_key <> all({{ open_keys }}::text[])
    and feed <> all({{ broken_feeds }}::text[])
