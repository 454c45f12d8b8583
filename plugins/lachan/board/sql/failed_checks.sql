-- Verdicts that failed, the newest first.
select
    checked_at,
    stage,
    suite,
    expectation,
    column_name,
    severity,
    expected,
    failed_keys,
    exception
from ops.check_result
where not success
order by checked_at desc, stage, suite
limit 1000
