-- Statements that give some databases back their rights and settings, which a dump of a database does not contain.
with databases as (
    select oid, datname, datdba, datacl
    from pg_database
    where datname = any({{ databases }})
),

roles as (
    select oid, rolname
    from pg_roles
    where rolname = any({{ role_names }})
),

settings as (
    select
        databases.datname,
        roles.rolname,
        split_part(given.setting, '=', 1) as name,
        substr(given.setting, position('=' in given.setting) + 1) as setting
    from pg_db_role_setting as stored
    cross join unnest(stored.setconfig) as given (setting)
    left join databases on stored.setdatabase = databases.oid
    left join roles on stored.setrole = roles.oid
    where
        (stored.setdatabase = 0 or databases.oid is not null)
        and (stored.setrole = 0 or roles.oid is not null)
        and not (stored.setdatabase = 0 and stored.setrole = 0)
),

statements as (
    select
        0 as step,
        databases.datname::text as about,
        format('alter database %I owner to %I;', databases.datname, roles.rolname) as statement
    from databases
    inner join roles on databases.datdba = roles.oid
    union all
    select
        1,
        datname::text,
        format('revoke all on database %I from public;', datname)
    from databases
    where datacl is not null
    union all
    select
        2,
        databases.datname || ' ' || coalesce(roles.rolname, ''),
        format(
            'grant %s on database %I to %s%s;', privilege.privilege_type, databases.datname,
            case when privilege.grantee = 0 then 'public' else quote_ident(roles.rolname) end,
            case when privilege.is_grantable then ' with grant option' else '' end
        )
    from databases
    cross join aclexplode(databases.datacl) as privilege
    left join roles on privilege.grantee = roles.oid
    where privilege.grantee = 0 or (roles.oid is not null and roles.oid <> databases.datdba)
    union all
    select
        3,
        coalesce(datname, '') || ' ' || coalesce(rolname, ''),
        case when rolname is null then format('alter database %I', datname) else format('alter role %I', rolname) end
        || case when rolname is not null and datname is not null then format(' in database %I', datname) else '' end
        || format(' set %I to ', name)
        -- these are lists, which the server has quoted itself
        || case when name in ('search_path', 'temp_tablespaces', 'session_preload_libraries') then setting else quote_literal(setting) end
        || ';'
    from settings
)

select statement
from statements
order by step, about collate "C", statement collate "C"
