-- noqa: disable=RF01
-- Included where `bad` is a file: a corrected file of the same day came later and was accepted. What a replay loaded corrects nothing.
    select from ops.export_file as good
    where
        good.feed = bad.feed
        and good.export_date = bad.export_date
        and good.file_id > bad.file_id
        and good.gate = 'accepted'
        and good.replay_no = 0
