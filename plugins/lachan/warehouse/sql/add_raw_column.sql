-- In a distributed warehouse the workers add it as well; plain PostgreSQL keeps such a setting and does nothing with it.
select set_config('citus.enable_ddl_propagation', 'on', true);
alter table raw.{{ feed.name | identifier }} add column {{ column.name | identifier }} {{ column.sql_type | sql_type }};
select set_config('citus.enable_ddl_propagation', 'off', true)
