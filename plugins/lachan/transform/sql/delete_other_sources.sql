-- Feeds that have no contract any more.
delete from ops.source_freshness
where feed <> all({{ feed_names }}::text[])
