-- The logins of people, and of processes with such a role, that may connect to this database.
select
    member.rolname,
    substr(of_role.rolname, length('lachan_') + 1),
    coalesce(shobj_description(member.oid, 'pg_authid'), ''),
    coalesce('log_statement=all' = any(member.rolconfig), false)
from pg_auth_members as membership
inner join pg_roles as of_role on membership.roleid = of_role.oid
inner join pg_roles as member on membership.member = member.oid
where member.rolcanlogin and not member.rolsuper
    and has_database_privilege(member.oid, (select oid from pg_database where datname = current_database()), 'connect')
    and of_role.rolname in ('lachan_analyst', 'lachan_reporter', 'lachan_steward', 'lachan_ward_viewer')
order by member.rolname, of_role.rolname
