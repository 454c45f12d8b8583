-- Run on workers: the roles that use distributed tables on the coordinator may log in, with the verifier of the owner's
-- password, which only the nodes know. On the coordinator nobody can log in as one of them.
do $$
declare
    role_name text;
    verifier text := (select rolpassword from pg_authid where rolname = current_user);
begin
    foreach role_name in array array['migrate', 'definer', 'loader', 'auditor', 'transformer', 'housekeeper', 'backup'] loop
        execute format('alter role %I login password %L', 'lachan_' || role_name, verifier);
        execute format('grant connect, temporary on database %I to %I', current_database(), 'lachan_' || role_name);
    end loop;
end $$
