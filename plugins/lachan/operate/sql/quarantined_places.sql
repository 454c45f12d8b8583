-- The rows in quarantine of which anything is shown.
select quarantined.file_id, quarantined.line_no, file.sha256
from ops.quarantined_row as quarantined
inner join ops.export_file as file on file.file_id = quarantined.file_id
where quarantined.feed = {{ feed_name }} and quarantined.masked_row::text <> '{}' and quarantined.replayed_by is null
order by quarantined.file_id, quarantined.line_no
