-- `found_in` and `goes` say which columns have to go where the person is found in which column.
insert into erased_now (feed, item_key, column_name)
select distinct {{ feed_name }}, held.{{ key_column | identifier }}, erased.column_name
from raw.{{ feed_name | identifier }} as held
cross join lateral ({% include "operate/sql/pseudonyms_of_rows.sql" %}) as found
inner join unnest({{ found_in }}::text[], {{ goes }}::text[]) as erased (found_in, column_name) on erased.found_in = found.column_name
where found.pseudonym = any({{ pseudonyms }}::text[])
