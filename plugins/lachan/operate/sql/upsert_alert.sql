insert into ops.alert
    (alert_key, kind, feed, severity, message, about, first_seen, last_seen)
values
    (
        {{ alert.key }}, {{ alert.kind }}, {{ alert.feed }}, {{ alert.severity }}, {{ alert.message }}, {{ alert.about }},
        {{ now }}, {{ now }}
    )
on conflict (alert_key) do update set
    severity = excluded.severity,
    message = excluded.message,
    about = excluded.about,
    first_seen = case when alert.cleared_at is null then alert.first_seen else excluded.first_seen end,
    last_seen = excluded.last_seen,
    cleared_at = null
returning first_seen
