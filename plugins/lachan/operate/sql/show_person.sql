-- All that raw holds of the rows with some pseudonyms, oldest first.
select file.path, file.export_date, file.loaded_at, held.line_no, to_jsonb(held) - 'file_id' - 'line_no' as row_values
from raw.{{ feed_name | identifier }} as held
inner join ops.export_file as file on file.file_id = held.file_id
where exists (
    select
    from ({% include "operate/sql/pseudonyms_of_rows.sql" %}) as found
    where found.pseudonym = any({{ pseudonyms }}::text[])
)
order by held.file_id, held.line_no
