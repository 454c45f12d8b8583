-- How many states of figures a change made: counting the states of every publication takes seconds after years.
alter table reporting.figure_change add column state_count bigint;

update reporting.figure_change as change
set state_count = counted.state_count
from (select change_no, count(*) as state_count from reporting.figure_state group by change_no) as counted
where counted.change_no = change.change_no;

update reporting.figure_change set state_count = 0 where state_count is null;

alter table reporting.figure_change alter column state_count set not null;
