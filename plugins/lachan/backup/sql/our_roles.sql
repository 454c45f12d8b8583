-- The roles that the databases of the platform rest on: its own ones, logins that are members of them, and roles that own something
-- there or have rights there. Superusers are those of their server: they are named, but not made by a restore.
with recursive databases as (
    select oid from pg_database where datname in (current_database(), 'airflow')
),

named as (
    select role.oid
    from pg_roles as role
    where role.rolname like 'lachan\_%' or role.rolname = 'airflow'
    union
    select dependency.refobjid
    from pg_shdepend as dependency
    where
        dependency.refclassid = 'pg_authid'::regclass
        and (
            dependency.dbid in (select databases.oid from databases)
            or (dependency.classid = 'pg_database'::regclass and dependency.objid in (select databases.oid from databases))
        )
    union
    select membership.member
    from named
    inner join pg_auth_members as membership on named.oid = membership.roleid
)

select
    role.rolname::text as name,
    not role.rolsuper and role.rolname <> {{ owner }} as is_ours
from named
inner join pg_roles as role on named.oid = role.oid
where role.rolname not like 'pg\_%'
order by role.rolname
