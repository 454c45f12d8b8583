-- Number of rows in quarantine, of their files, and the oldest load. A smaller file of the same day does not count as a
-- correction, because it may be an addition.
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
