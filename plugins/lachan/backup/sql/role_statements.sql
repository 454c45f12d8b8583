-- Statements that make roles and logins anew, with the verifiers of their passwords, in their order.
with ours as (
    select * from pg_authid where rolname = any({{ role_names }})
),

statements as (
    select
        1 as step,
        rolname::text as about,
        format('do $$ begin create role %I; exception when duplicate_object then null; end $$;', rolname) as statement
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
