-- The newest files about which a person has to decide; or, of one run, those that it has loaded: of all runs whose names begin
-- so, if `is_prefix`.
select
    delivery.file_id,
    delivery.feed,
    delivery.path,
    delivery.export_date,
    delivery.standing,
    delivery.why,
    delivery.rows_read,
    delivery.since
from ops.delivery as delivery
{% if run_id is none %}
where delivery.standing in ('held', 'rejected')
order by delivery.since desc, delivery.file_id desc
limit 500
{% else %}
inner join ops.export_file as file on file.file_id = delivery.file_id
where
    file.run_id = {{ run_id }}
    or ({{ is_prefix }} and starts_with(file.run_id, {{ run_id }}))
order by file.file_id desc
limit 1000
{% endif %}
