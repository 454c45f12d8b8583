alter table raw.{{ feed.name | identifier }} add column {{ column.name | identifier }} {{ column.sql_type | sql_type }}
