insert into ops.source_freshness (feed, loaded_at, status, run_id, checked_at)
values ({{ freshness.feed }}, {{ freshness.loaded_at }}, {{ freshness.status }}, {{ run_id }}, clock_timestamp())
on conflict (feed) do update set
    loaded_at = excluded.loaded_at,
    status = excluded.status,
    run_id = excluded.run_id,
    checked_at = excluded.checked_at
