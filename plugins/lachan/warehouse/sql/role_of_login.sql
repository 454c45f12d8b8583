-- The role of a person's login, in whichever database of the server it is.
select substr(of_role.rolname, length('lachan_') + 1)::text
from pg_auth_members as membership
inner join pg_roles as of_role on membership.roleid = of_role.oid
inner join pg_roles as member on membership.member = member.oid
where
    member.rolname = {{ login_name }} and member.rolname not like 'lachan\_%' and member.rolcanlogin
    and of_role.rolname in ('lachan_analyst', 'lachan_reporter')
