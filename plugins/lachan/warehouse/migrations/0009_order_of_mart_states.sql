-- The states of groups are ordered by a number instead of the time: after a clock that was ahead has been set right, new
-- states would be older than those recorded before.
create sequence ops.mart_state_no;

alter table ops.mart_state add column state_no bigint;

update ops.mart_state as state
set state_no = ordered.state_no
from (
    select earlier.state_id, nextval('ops.mart_state_no') as state_no
    from (select ctid as state_id from ops.mart_state order by kept_at) as earlier
) as ordered
where ordered.state_id = state.ctid;

drop index ops.mart_state_latest;

alter table ops.mart_state
    alter column state_no set default nextval('ops.mart_state_no'),
    add primary key (state_no);

create index mart_state_latest on ops.mart_state (indicator_group, state_no);
