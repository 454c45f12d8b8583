-- The checks that hold figures back and failed in the last audit.
select
    suite,
    expectation,
    column_name
from ops.check_result
where
    stage = 'audit'
    and not success
    and severity = 'critical'
    and run_id = (
        select run_id
        from ops.check_result
        where stage = 'audit'
        order by checked_at desc
        limit 1
    )
order by suite, expectation, column_name
