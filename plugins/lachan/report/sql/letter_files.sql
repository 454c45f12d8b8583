-- The files of some feeds that could not be read or are held, as long as nobody has decided about them and no later file of the
-- day was accepted.
select
    bad.file_id,
    bad.feed,
    bad.path,
    bad.export_date,
    bad.standing,
    coalesce(bad.why, '') as why
from ops.delivery as bad
where
    bad.feed = any({{ feed_names }}::text[])
    and bad.standing in ('rejected', 'held')
    and not exists (
        {% include "operate/sql/corrected_later.sql" %}
    )
order by bad.feed, bad.export_date, bad.path, bad.file_id
