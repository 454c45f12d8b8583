insert into ops.inaccessible_file (feed, path, export_date, reason)
select {{ feed_name }}, found.path, found.export_date, found.reason
from unnest({{ paths }}::text[], {{ days }}::date[], {{ reasons }}::text[]) as found (path, export_date, reason)
on conflict (feed, path) do update set reason = excluded.reason, last_seen = excluded.last_seen
