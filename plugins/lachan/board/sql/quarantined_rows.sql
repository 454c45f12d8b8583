-- The rows that wait in quarantine, masked; of one feed where one is given.
select
    waiting.feed,
    waiting.file_id,
    waiting.line_no,
    waiting.reasons,
    waiting.masked_row,
    file.path
from ops.quarantined_row as waiting
inner join ops.export_file as file on file.file_id = waiting.file_id
where
    waiting.replayed_by is null
    and waiting.discarded_why is null
    and ({{ feed_name }}::text is null or waiting.feed = {{ feed_name }})
order by waiting.file_id desc, waiting.line_no
limit 5000
