select bad.path, bad.export_date, bad.reason, bad.file_id
from ops.export_file as bad
where
    bad.feed = {{ feed_name }}
    and bad.status = 'rejected'
    and bad.gate not in ('discarded', 'retracted')
    and bad.export_date is not null
    and not exists (
        select from ops.export_file as good
        where
            good.feed = bad.feed
            and good.export_date = bad.export_date
            and good.status = 'loaded'
            and good.gate not in ('discarded', 'retracted')
            and good.file_id > bad.file_id
    )
order by bad.file_id
