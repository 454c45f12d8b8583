-- The roles that some databases of the platform rest on: its own ones, logins that are members of them, and roles that own
-- something there or have rights there; of a province's server, not the logins of people of other cities. Superusers are those of
-- their server: they are named, but not made by a restore.
with recursive databases as (
    select oid from pg_database where datname = any({{ databases }})
),

-- Logins that may connect to other databases of the server and to none of these: those of people of other cities.
elsewhere as (
    select dependency.refobjid as oid
    from pg_shdepend as dependency
    where dependency.refclassid = 'pg_authid'::regclass and dependency.classid = 'pg_database'::regclass
    group by dependency.refobjid
    having not bool_or(dependency.objid in (select databases.oid from databases))
),

named as (
    select role.oid
    from pg_roles as role
    where role.rolname like 'lachan\_%'
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
    inner join pg_roles as member on member.oid = membership.member
    where not member.rolcanlogin or member.oid not in (select elsewhere.oid from elsewhere)
)

select
    role.rolname::text as name,
    not role.rolsuper and role.rolname <> {{ owner }} as is_ours
from named
inner join pg_roles as role on named.oid = role.oid
where role.rolname not like 'pg\_%'
order by role.rolname
