insert into ops.person_request (action, rows_by_feed, originals_destroyed, why, decided_by)
values ({{ action }}, {{ rows_by_feed | json }}, {{ destroyed }}, {{ why }}, {{ by }})
