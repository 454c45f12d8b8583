select
    n.nspname::text as schema_name,
    obj_description(n.oid, 'pg_namespace') as schema_comment,
    c.relname::text as table_name,
    obj_description(c.oid, 'pg_class') as table_comment,
    a.attname::text as column_name,
    format_type(a.atttypid, a.atttypmod) as column_type,
    col_description(c.oid, a.attnum) as column_comment
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where n.nspname = any({{ schemas }}) and c.relkind in ('r', 'p', 'v', 'm')
order by array_position({{ schemas }}, n.nspname::text), c.relname, a.attnum
