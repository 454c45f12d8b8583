select
    kind,
    severity,
    count(*) as open_alerts
from ops.alert
where cleared_at is null
group by kind, severity
order by kind, severity
