-- What the manifest says of the server and of the state that the session sees, and whether the session may read what a backup needs.
select
    now() as snapshot_at,
    pg_export_snapshot() as snapshot,
    current_database()::text as database,
    split_part(current_setting('server_version'), ' ', 1) as postgres,
    (select datdba::regrole::text from pg_database where datname = current_database()) as server_owner,
    (select rolbypassrls or rolsuper from pg_roles where rolname = current_user)
    and has_table_privilege('pg_catalog.pg_authid', 'select') as may_back_up,
    (select array_agg(datname::text) from pg_database where datname in (current_database(), {{ airflow }})) as databases
