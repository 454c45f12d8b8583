select bad.path, bad.export_date, bad.gate_reason, bad.file_id
from ops.export_file as bad
where
    bad.feed = {{ feed_name }}
    and bad.gate = 'held'
    and not exists (
        {% include "operate/sql/corrected_later.sql" %}
    )
order by bad.file_id
