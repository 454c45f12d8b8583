-- Rows that wait in quarantine, of how many files, and since when. A smaller file of the same day may be an addition and
-- not a correction, so it ends no warning.
select count(*) as row_count, count(distinct bad.file_id) as file_count, min(bad.loaded_at) as waiting_since
from ops.quarantined_row as waiting
inner join ops.export_file as bad on bad.file_id = waiting.file_id
where
    bad.feed = {{ feed_name }}
    and waiting.replayed_by is null
    and waiting.discarded_why is null
    and bad.loaded_at < {{ loaded_before }}
    and not exists (
        {% include "operate/sql/corrected_later.sql" %}
        and good.rows_read >= bad.rows_read
    )
