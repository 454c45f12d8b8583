-- The role of the login of this session, one of those that people have; none for a superuser and for logins of processes.
select
    case
        when current_user like 'ward\_%' then 'ward'
        else replace(current_user, 'lachan_', '')
    end as role
from pg_roles
where
    pg_roles.rolname = session_user
    and not pg_roles.rolsuper
    and (
        current_user in ('lachan_analyst', 'lachan_reporter', 'lachan_steward')
        or (
            current_user = session_user
            and current_user like 'ward\_%'
            and pg_has_role(current_user, 'lachan_ward_viewer', 'usage')
        )
    )
