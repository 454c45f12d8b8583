select n.nspname || '.' || p.proname, pg_get_function_arguments(p.oid), obj_description(p.oid, 'pg_proc')
from pg_proc as p
inner join pg_namespace as n on n.oid = p.pronamespace
where n.nspname = any({{ schemas }})
order by 1, 2
