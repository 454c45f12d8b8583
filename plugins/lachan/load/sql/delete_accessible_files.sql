-- Deletes what an earlier run could not read, and this run could or did not find. A run that is limited to some days says
-- nothing about other days, nor about files without a day.
delete from ops.inaccessible_file
where
    feed = {{ feed_name }}
    and path <> all({{ paths }}::text[])
    and ({{ since }}::date is null or export_date >= {{ since }}::date)
    and ({{ until }}::date is null or export_date <= {{ until }}::date)
