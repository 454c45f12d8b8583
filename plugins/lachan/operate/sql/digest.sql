-- Every alert that is open, and every one that was cleared after `since`; what began after `since` is new.
select
    kind,
    feed,
    severity,
    about,
    first_seen,
    case when first_seen > {{ since }} then 'new' else 'open' end as state
from ops.alert
where cleared_at is null
union all
select
    kind,
    feed,
    severity,
    about,
    first_seen,
    'cleared' as state
from ops.alert_history
where cleared_at > {{ since }}
order by state, severity, first_seen, kind, feed, about
