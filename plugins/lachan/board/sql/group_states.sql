-- The last state of each group of indicators.
select distinct on (indicator_group)
    indicator_group,
    stage,
    run_id,
    kept_at,
    why
from ops.mart_state
where indicator_group is not null
order by indicator_group, state_no desc
