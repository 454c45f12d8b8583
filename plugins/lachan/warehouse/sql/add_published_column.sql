alter table {{ relation | sql_type }} add column {{ column_name | identifier }} {{ sql_type | sql_type }}
