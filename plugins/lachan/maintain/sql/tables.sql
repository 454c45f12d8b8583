-- Every table of the warehouse.
select format('%s.%s', relnamespace::regnamespace, relname)
from pg_class
where
    relkind in ('r', 'p', 'm')
    and relpersistence <> 't'
    and relnamespace::regnamespace::text <> all(array['pg_catalog', 'information_schema', 'pg_toast'])
order by 1
