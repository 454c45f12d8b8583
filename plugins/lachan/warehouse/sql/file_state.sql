select
    delivery.feed,
    delivery.standing,
    (
        select count(*)
        from ops.quarantined_row as waiting
        where waiting.file_id = delivery.file_id and waiting.replayed_by is null and waiting.discarded_why is null
    ) as waiting_rows,
    (select count(*) from ops.export_file as again where again.duplicate_of = delivery.file_id) as repeated_by,
    delivery.superseded_by,
    (
        select max(later.delivery_id)
        from ops.delivery as later
        where
            later.feed = delivery.feed
            and later.standing = 'accepted'
            and later.delivery_id > delivery.delivery_id
            and (
                later.path = delivery.path
                or (later.export_date = delivery.export_date and later.is_register)
            )
    ) as corrected_by
from ops.delivery as delivery
where delivery.file_id = {{ file_id }}
