-- In a distributed warehouse the workers add it as well; plain PostgreSQL knows no such setting and takes it as text.
set local citus.enable_ddl_propagation to on;
alter table raw.{{ feed.name | identifier }} add column {{ column.name | identifier }} {{ column.sql_type | sql_type }};
set local citus.enable_ddl_propagation to default
