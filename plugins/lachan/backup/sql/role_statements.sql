-- Statements that make roles and logins anew, with the verifiers of their passwords, in their order. A person's login that the
-- server has for another database, with another password, may be another person's by now: then nothing is changed.
with ours as (
    select * from pg_authid where rolname = any({{ role_names }})
),

statements as (
    select
        0 as step,
        rolname::text as about,
        format(
            'do $check$ begin if exists ('
            'select from pg_authid as present cross join pg_database as place cross join aclexplode(place.datacl) as privilege'
            ' where present.rolname = %L and present.rolpassword is distinct from %L'
            ' and privilege.grantee = present.oid and place.datname <> current_database()'
            ') then raise exception using message = %L; end if; end $check$;',
            rolname, rolpassword,
            format(
                'this server has a login %s for another database, with another password, and it may be that of another person: '
                'end it there (`lachan login end %s`), repeat the restore, and add it again', rolname, rolname
            )
        ) as statement
    from ours
    where rolcanlogin and rolname !~ '^(lachan_|airflow$)'
    union all
    select
        1,
        rolname,
        format('do $$ begin create role %I; exception when duplicate_object then null; end $$;', rolname)
    from ours
    union all
    select
        2,
        rolname,
        format(
            'alter role %I with %s %s %s %s %s %s connection limit %s', rolname,
            case when rolinherit then 'inherit' else 'noinherit' end,
            case when rolcreaterole then 'createrole' else 'nocreaterole' end,
            case when rolcreatedb then 'createdb' else 'nocreatedb' end,
            case when rolcanlogin then 'login' else 'nologin' end,
            case when rolreplication then 'replication' else 'noreplication' end,
            case when rolbypassrls then 'bypassrls' else 'nobypassrls' end,
            rolconnlimit
        )
        || format(' password %L', rolpassword)
        || case when rolvaliduntil is null then '' else format(' valid until %L', rolvaliduntil) end || ';'
    from ours
    union all
    select
        3,
        rolname,
        format('comment on role %I is %L;', rolname, shobj_description(oid, 'pg_authid'))
    from ours
    where shobj_description(oid, 'pg_authid') is not null
    union all
    select
        4,
        of_role.rolname || ' ' || ours.rolname,
        format(
            'grant %I to %I with admin %s, inherit %s, set %s;', of_role.rolname, ours.rolname,
            membership.admin_option::text, membership.inherit_option::text, membership.set_option::text
        )
    from pg_auth_members as membership
    inner join pg_roles as of_role on membership.roleid = of_role.oid
    inner join ours on membership.member = ours.oid
    where of_role.rolname = any({{ role_names }}) or of_role.rolname like 'pg\_%'
)

select statement
from statements
order by step, about collate "C"
