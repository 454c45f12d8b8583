-- How many workers the coordinator knows, and whether the login may distribute tables over them.
select
    (select count(*) from citus_get_active_worker_nodes()) as workers,
    (select rolsuper from pg_roles where rolname = current_user) as is_superuser
