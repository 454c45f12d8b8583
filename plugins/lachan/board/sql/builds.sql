-- The last builds with what they cost.
select
    run_id,
    max(finished_at) as finished_at,
    count(*) as nodes,
    count(*) filter (where status in ('error', 'fail', 'runtime error')) as failed,
    round(sum(seconds)::numeric, 1) as seconds,
    (array_agg(node || ' ' || round(seconds::numeric, 1) order by seconds desc))[1] as slowest
from ops.dbt_result
group by run_id
order by max(finished_at) desc
limit 20
