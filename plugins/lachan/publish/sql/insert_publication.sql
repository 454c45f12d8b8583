insert into reporting.publication (run_id, why, published_at, groups_published, groups_held)
values ({{ run_id }}, {{ why }}, {{ at }}, {{ groups }}::text[], {{ held }}::text[])
returning publication_id
