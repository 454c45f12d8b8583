-- noqa: disable=RF01
-- Included where `bad` is a file: a later file of the same day was accepted, which corrects it. A replay is no correction.
    select from ops.export_file as good
    where
        good.feed = bad.feed
        and good.export_date = bad.export_date
        and good.file_id > bad.file_id
        and good.gate = 'accepted'
        and good.replay_no = 0
