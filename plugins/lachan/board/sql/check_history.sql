-- Verdicts of each suite by run, the newest first.
select
    max(checked_at) as checked_at,
    stage,
    suite,
    count(*) as checks,
    count(*) filter (where not success and severity = 'critical') as failed_critical,
    count(*) filter (where not success and severity <> 'critical') as failed_warning,
    run_id
from ops.check_result
group by run_id, stage, suite
order by max(checked_at) desc, stage, suite
limit 1000
