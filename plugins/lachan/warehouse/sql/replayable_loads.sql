-- Deliveries that a replay may complete: those in force with rows in quarantine, and those that were rejected. Not those
-- that a later accepted file of the same day has corrected; a smaller file may be an addition, so it corrects no rows.
-- `lines` holds the quarantined lines of a loaded file, and is null for a delivery of which nothing was loaded.
select
    file.file_id,
    file.path,
    file.sha256,
    file.fingerprint,
    file.export_date,
    file.size_bytes,
    file.delivered_at,
    file.delivery_no,
    delivery.delivery_id,
    waiting.lines,
    (
        select max(earlier.replay_no) + 1
        from ops.export_file as earlier
        where
            earlier.feed = file.feed and earlier.path = file.path and earlier.sha256 = file.sha256
            and earlier.delivery_no = file.delivery_no
    ) as replay_no
from ops.export_file as file
inner join ops.delivery as delivery on delivery.feed = file.feed and delivery.file_id = file.file_id
left join (
    select file_id, array_agg(line_no) as lines
    from ops.quarantined_row
    where replayed_by is null and discarded_why is null
    group by file_id
) as waiting on waiting.file_id = file.file_id
where
    file.feed = {{ feed_name }}
    and case delivery.standing
        when 'accepted' then waiting.lines is not null
        when 'loaded' then waiting.lines is not null
        when 'rejected' then not exists (
            select from ops.export_file as replayed
            where
                replayed.replay_of = file.file_id and replayed.status = 'loaded'
                and replayed.gate not in ('discarded', 'retracted')
        )
        else false
    end
    and not exists (
        select from ops.delivery as later
        where
            later.feed = file.feed
            and later.standing = 'accepted'
            and not later.is_replay
            and later.delivery_id > delivery.delivery_id
            and (later.path = file.path or later.export_date = file.export_date)
            and (delivery.standing = 'rejected' or later.rows_read >= file.rows_read)
    )
order by file.file_id
