-- Whether the login may see small counts: its role is a member of lachan_cleared. The login is that of the session or of
-- `set role`, also within functions that run with the rights of another role. Safe to run again at any time.
create or replace function reporting.is_cleared() returns boolean
language sql stable
return pg_has_role(
    case current_setting('role') when 'none' then session_user else current_setting('role')::name end,
    'lachan_cleared',
    'usage'
);
comment on function reporting.is_cleared is 'Whether the login may see small counts, what would reveal them, and earlier states of figures';
revoke all on function reporting.is_cleared from public;
grant execute on function reporting.is_cleared
to lachan_analyst, lachan_reporter, lachan_ward_viewer, lachan_transformer, lachan_publisher, lachan_steward, lachan_definer;
