-- Whether the planner knows much less than there is of the published figures, as after a first publication. PostgreSQL keeps the
-- statistics of both tables of states up to date by itself, but not those of both together.
select {{ changed }} + sum(greatest(part.reltuples, 0)) > 1.1 * greatest(whole.reltuples, 0)
from pg_class as whole
inner join pg_inherits on pg_inherits.inhparent = whole.oid
inner join pg_class as part on part.oid = pg_inherits.inhrelid
where whole.oid = 'reporting.figure_state'::regclass
group by whole.reltuples
