select pg_try_advisory_lock(hashtext('lachan.load.' || {{ feed_name }})) as is_locked
