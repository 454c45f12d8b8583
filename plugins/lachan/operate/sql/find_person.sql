-- Where rows with some pseudonyms are, by column and pseudonym, with the days of their exports and the contents that they came in.
select
    found.column_name, found.pseudonym, count(*) as rows, min(file.export_date) as first_day, max(file.export_date) as last_day,
    array_agg(distinct file.sha256) as contents
from {{ table_schema | identifier }}.{{ table_name | identifier }} as held
cross join lateral ({% include "operate/sql/pseudonyms_of_rows.sql" %}) as found
left join ops.export_file as file on file.file_id = held.file_id
where found.pseudonym = any({{ pseudonyms }}::text[])
group by found.column_name, found.pseudonym
order by found.column_name, found.pseudonym
