-- Sources of dbt that were stale when their freshness was last checked.
select
    feed,
    loaded_at,
    checked_at
from ops.source_freshness
where status = 'error'
order by feed
