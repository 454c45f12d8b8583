-- What a restored warehouse must have as the one that was backed up: counts and hashes of what the ledger says and of what is published,
-- and of all rights. They do not depend on the order in which rows and rights are stored.
with rights as (
    select
        'relation ' || relation.relnamespace::regnamespace || '.' || relation.relname || ' of ' || relation.relowner::regrole as about,
        coalesce(relation.relacl, acldefault(case when relation.relkind = 'S' then 's' else 'r' end::"char", relation.relowner)) as acl,
        relation.relnamespace as schema
    from pg_class as relation
    where relation.relkind in ('r', 'v', 'm', 'S', 'p')
    union all
    select
        'column ' || relation.relnamespace::regnamespace || '.' || relation.relname || '.' || attribute.attname,
        attribute.attacl,
        relation.relnamespace
    from pg_attribute as attribute
    inner join pg_class as relation on attribute.attrelid = relation.oid
    where attribute.attacl is not null
    union all
    select 'schema ' || nspname || ' of ' || nspowner::regrole, coalesce(nspacl, acldefault('n', nspowner)), oid
    from pg_namespace
    union all
    select
        'function ' || oid::regprocedure || ' of ' || proowner::regrole,
        coalesce(proacl, acldefault('f', proowner)),
        pronamespace
    from pg_proc
    union all
    select
        'default of ' || defaclrole::regrole || ' in ' || coalesce(defaclnamespace::regnamespace::text, '') || ' for ' || defaclobjtype::text,
        defaclacl,
        null
    from pg_default_acl
    union all
    select 'database of ' || datdba::regrole, coalesce(datacl, acldefault('d', datdba)), null
    from pg_database
    where datname = current_database()
),

each_right as (
    select rights.about || ' ' || privilege.grantee::regrole || ' ' || privilege.privilege_type || ' ' || privilege.is_grantable as line
    from rights
    cross join aclexplode(rights.acl) as privilege
    left join pg_roles as role on privilege.grantee = role.oid
    where
        rights.schema is null
        or rights.schema::regnamespace::text !~ '^(pg_|information_schema)'
        -- what the release of the server gives to all may differ from that of another
        or (rights.schema = 'pg_catalog'::regnamespace and role.rolname = any({{ role_names }}))
),

each_policy as (
    select concat_ws(' ', schemaname, tablename, policyname, permissive, roles::text, cmd, qual, with_check) as line
    from pg_policies
    union all
    select concat_ws(' ', relnamespace::regnamespace, relname, 'row security', relforcerowsecurity)
    from pg_class
    where relrowsecurity
),

each_role as (
    select
        concat_ws(' ', rolname, rolcanlogin, rolinherit, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolconnlimit, rolvaliduntil) as line
    from pg_roles
    where rolname = any({{ role_names }})
    union all
    select
        concat_ws(' ', member.rolname, 'in', of_role.rolname, membership.admin_option, membership.inherit_option, membership.set_option)
    from pg_auth_members as membership
    inner join pg_roles as of_role on membership.roleid = of_role.oid
    inner join pg_roles as member on membership.member = member.oid
    where member.rolname = any({{ role_names }})
    union all
    select concat_ws(' ', role.rolname, case when stored.setdatabase = 0 then 'everywhere' else 'here' end, given.setting)
    from pg_db_role_setting as stored
    inner join pg_roles as role on stored.setrole = role.oid
    cross join unnest(stored.setconfig) as given (setting)
    where
        role.rolname = any({{ role_names }})
        and stored.setdatabase in (0, (select oid from pg_database where datname = current_database()))
),

counted as (
    select
        'deliveries' as what,
        count(*) as number,
        md5(string_agg(concat_ws(' ', file_id, feed, path, sha256, status, gate, rows_read, rows_loaded), chr(10) order by file_id)) as hash
    from ops.export_file
    union all
    select 'quarantined rows', count(*), sum(hashtextextended(waiting::text, 0))::text
    from ops.quarantined_row as waiting
    union all
    select 'decisions', count(*), sum(hashtextextended(decision::text, 0))::text
    from ops.decision as decision
    union all
    select 'publications', count(*), sum(hashtextextended(publication::text, 0))::text
    from reporting.publication as publication
    union all
    select 'series of figures', count(*), sum(hashtextextended(series::text, 0))::text
    from reporting.figure_series as series
    union all
    select 'states of figures', count(*), sum(hashtextextended(state::text, 0))::text
    from reporting.figure_state as state
    union all
    select 'sentences', count(*), sum(hashtextextended(sentence::text, 0))::text
    from reporting.stored_sentence as sentence
    union all
    select 'rights', count(*), md5(string_agg(line, chr(10) order by line collate "C"))
    from each_right
    union all
    select 'row policies', count(*), md5(string_agg(line, chr(10) order by line collate "C"))
    from each_policy
    union all
    select 'roles', count(*), md5(string_agg(line, chr(10) order by line collate "C"))
    from each_role
)

select what, number || ' ' || coalesce(hash, '') as value
from counted
