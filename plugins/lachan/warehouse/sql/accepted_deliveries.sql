select delivery_id, feed, path, max(export_date) as export_date
from ops.delivery
where
    standing in ('accepted', 'superseded')
    {% if file_id is not none %}
    and delivery_id = (select named.delivery_id from ops.delivery as named where named.file_id = {{ file_id }})
    {% else %}
    and feed = {{ feed_name }}
    and ({{ day }}::date is null or export_date = {{ day }}::date)
    and ({{ path }}::text is null or path = {{ path }}::text)
    {% endif %}
group by delivery_id, feed, path
order by delivery_id
