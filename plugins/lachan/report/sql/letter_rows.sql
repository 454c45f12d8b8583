-- The rows of some feeds that wait in quarantine, masked, of files that are in force and that no later file has corrected.
select
    waiting.feed,
    bad.path,
    bad.export_date,
    waiting.line_no,
    waiting.reasons,
    waiting.masked_row
from ops.quarantined_row as waiting
inner join ops.export_file as bad on bad.file_id = waiting.file_id
where
    bad.feed = any({{ feed_names }}::text[])
    and waiting.replayed_by is null
    and waiting.discarded_why is null
    and bad.gate not in ('discarded', 'retracted')
    and not exists (
        {% include "operate/sql/corrected_later.sql" %}
        and good.rows_read >= bad.rows_read
    )
order by bad.feed, bad.export_date, bad.path, waiting.file_id, waiting.line_no
