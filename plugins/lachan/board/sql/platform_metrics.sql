-- States, counts and ages of feeds and of the platform.
select
    found.metric,
    found.feed,
    found.kind,
    found.severity,
    found.value
from reporting.platform_metrics() as found
order by found.metric, found.feed, found.kind, found.severity
