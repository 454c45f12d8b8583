select
    n.nspname::text, obj_description(n.oid, 'pg_namespace'), c.relname::text, obj_description(c.oid, 'pg_class'),
    a.attname::text, format_type(a.atttypid, a.atttypmod), col_description(c.oid, a.attnum)
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where n.nspname = any({{ schemas }}) and c.relkind in ('r', 'p', 'v', 'm')
order by array_position({{ schemas }}, n.nspname::text), c.relname, a.attnum
