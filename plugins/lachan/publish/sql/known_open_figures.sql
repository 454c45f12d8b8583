-- How many rows the planner takes reporting.open_figure to have.
select greatest(reltuples, 0)::bigint from pg_class where oid = 'reporting.open_figure'::regclass
