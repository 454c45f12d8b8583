-- Whether a backup can be restored into this database, and what is in the way: tables, roles that are missing, a server that is too old.
select
    (select rolsuper from pg_roles where rolname = current_user) as is_superuser,
    current_setting('server_version_num')::integer / 10000 as major,
    array(
        select relation.oid::regclass::text
        from pg_class as relation
        where
            relation.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
            and relation.relkind in ('r', 'v', 'm', 'S', 'p')
        order by 1
        limit 1
    ) as relations,
    array(
        select needed.rolname
        from unnest({{ roles_needed }}::text[]) as needed (rolname)
        where not exists (select from pg_roles where pg_roles.rolname = needed.rolname)
    ) as missing
