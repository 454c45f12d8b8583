-- Loads that a replay may complete: rejected and never loaded since, or with rows in quarantine. A duplicate is included
-- once its original is discarded, because the duplicate's name may contain the right day. `lines` holds the line numbers
-- of the quarantined rows; it is null for a file that was not loaded at all.
select
    file.file_id,
    file.path,
    file.sha256,
    waiting.lines,
    (
        select max(earlier.replay_no) + 1
        from ops.export_file as earlier
        where earlier.feed = file.feed and earlier.path = file.path and earlier.sha256 = file.sha256
    ) as replay_no
from ops.export_file as file
left join (
    select file_id, array_agg(line_no) as lines
    from ops.quarantined_row
    where replayed_by is null and discarded_why is null
    group by file_id
) as waiting on waiting.file_id = file.file_id
left join ops.export_file as original on original.file_id = file.duplicate_of
where
    file.feed = {{ feed_name }}
    and file.gate <> 'discarded'
    and (
        waiting.lines is not null
        or (
            (file.status = 'rejected' or original.gate = 'discarded')
            and not exists (
                select from ops.export_file as loaded
                where
                    loaded.feed = file.feed
                    and loaded.sha256 = file.sha256
                    and loaded.status = 'loaded'
                    and loaded.gate <> 'discarded'
            )
        )
    )
order by file.file_id
