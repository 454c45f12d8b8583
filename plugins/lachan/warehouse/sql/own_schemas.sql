-- Gives what migrations have created to the role that owns it, so that no stage owns a table of `ops`, `raw` or `reporting` and
-- could change or drop it. Functions that read more than their callers belong to a role that reads what they need and has
-- no members. Safe to run again at any time.
do $$
declare
    owned record;
begin
    for owned in
        select nspname from pg_namespace
        where nspname in ('ops', 'raw', 'reporting', 'province') and nspowner <> 'lachan_migrate'::regrole
    loop
        execute format('alter schema %I owner to lachan_migrate', owned.nspname);
    end loop;
    grant usage, create on schema ops, reporting, province to lachan_definer; -- without it, nothing there can belong to it
    for owned in
        select relation.oid::regclass as name
        from pg_class as relation
        where
            relation.relnamespace in ('ops'::regnamespace, 'raw'::regnamespace, 'reporting'::regnamespace, 'province'::regnamespace)
            and relation.relkind in ('r', 'p', 'v', 'S')
            and not (relation.relnamespace = 'province'::regnamespace and relation.relkind = 'v') -- create_province_views.sql
            and relation.relowner <> 'lachan_migrate'::regrole
            and not exists ( -- sequences of columns go with their tables
                select from pg_depend
                where classid = 'pg_class'::regclass and objid = relation.oid and relation.relkind = 'S' and deptype in ('i', 'a')
            )
    loop
        execute format('alter table %s owner to lachan_migrate', owned.name);
    end loop;
    for owned in
        select
            oid::regprocedure as name,
            case when prosecdef then 'lachan_definer' else 'lachan_migrate' end as owner
        from pg_proc
        where pronamespace in ('ops'::regnamespace, 'reporting'::regnamespace)
    loop
        execute format('alter function %s owner to %I', owned.name, owned.owner);
    end loop;
end $$;
