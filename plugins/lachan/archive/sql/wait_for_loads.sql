-- Waits until no load of a feed is going on, and lets none begin before the end of the transaction.
select pg_advisory_xact_lock(hashtext('lachan.load.' || feed_name)) from unnest({{ feed_names }}::text[]) as feed_name
