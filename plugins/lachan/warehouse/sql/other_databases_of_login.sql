-- The other databases in which a login owns something or has rights on something.
select distinct other.datname::text
from pg_shdepend as dependency
inner join pg_database as other on other.oid = dependency.dbid
where
    dependency.refclassid = 'pg_authid'::regclass
    and dependency.refobjid = (select oid from pg_roles where rolname = {{ login_name }})
    and other.datname <> current_database()
order by 1
