-- The files about which a person has to decide.
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
where delivery.standing in ('held', 'rejected')
order by delivery.since desc, delivery.file_id desc
limit 500
