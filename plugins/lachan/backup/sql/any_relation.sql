-- A relation of the database that is not the server's own, if it has one.
select relation.oid::regclass::text as name
from pg_class as relation
where
    relation.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
    and relation.relkind in ('r', 'v', 'm', 'S', 'p')
order by name
limit 1
