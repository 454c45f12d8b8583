-- A group is held back while the last thing that was recorded of it is a failure.
select
    indicator_group,
    (array_agg(fingerprint order by state_no desc) filter (where stage in ('built', 'published')))[1] as built,
    (array_agg(fingerprint order by state_no desc) filter (where stage in ('audited', 'published')))[1] as audited,
    (array_agg(why order by state_no desc))[1] as held_why
from ops.mart_state
where indicator_group is not null
group by indicator_group
