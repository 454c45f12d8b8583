-- Whether a backup can be restored on this server: its login, its release, and roles that are missing.
select
    (select rolsuper from pg_roles where rolname = current_user) as is_superuser,
    current_setting('server_version_num')::integer / 10000 as major,
    array(
        select needed.rolname
        from unnest({{ roles_needed }}::text[]) as needed (rolname)
        where not exists (select from pg_roles where pg_roles.rolname = needed.rolname)
    ) as missing
