-- Roles and schemas. Safe to run again at any time.

do $$
declare role_name text;
begin
    foreach role_name in array array[
        'migrate', 'definer', 'cleared', 'loader', 'auditor', 'transformer', 'publisher', 'steward', 'housekeeper', 'backup', 'analyst', 'reporter', 'ward_viewer', 'monitor'
    ] loop
        if not exists (select from pg_roles where rolname = 'lachan_' || role_name) then
            execute format('create role %I nologin', 'lachan_' || role_name);
        end if;
        execute format('grant %I to current_user', 'lachan_' || role_name);
    end loop;
    grant lachan_cleared to lachan_migrate, lachan_definer, lachan_transformer, lachan_publisher, lachan_steward, lachan_analyst;
    execute format('revoke all on database %I from public', current_database());
    execute format('grant temporary on database %I to lachan_loader, lachan_auditor, lachan_transformer, lachan_publisher, lachan_steward, lachan_housekeeper, lachan_backup, lachan_analyst, lachan_reporter, lachan_ward_viewer', current_database());
    execute format('{% if is_of_province %}revoke connect on database %I from{% else %}grant connect on database %I to{% endif %} lachan_loader, lachan_auditor, lachan_transformer, lachan_publisher, lachan_steward, lachan_housekeeper, lachan_backup, lachan_analyst, lachan_reporter, lachan_ward_viewer, lachan_monitor', current_database());
    execute format('grant create on database %I to lachan_transformer', current_database());
    execute format('alter database %I set timezone to %L', current_database(), 'Asia/Ho_Chi_Minh');
end $$;

revoke all on schema public from public;

create schema if not exists ops;
create schema if not exists raw;
create schema if not exists staging authorization lachan_transformer;
create schema if not exists intermediate authorization lachan_transformer;
create schema if not exists changes authorization lachan_transformer;
create schema if not exists marts authorization lachan_transformer;
create schema if not exists reporting authorization lachan_publisher;
create schema if not exists reference authorization lachan_transformer;

comment on schema ops is 'How the platform runs: the ledger of files, quarantine, verdicts, results, alerts';
comment on schema raw is 'Rows as exported, typed and pseudonymised, every version kept; one table per feed';
comment on schema staging is 'The latest accepted state of every key; one table per feed';
comment on schema intermediate is 'Steps between staging and marts';
comment on schema changes is 'What has changed in tables of staging, intermediate and marts since the last complete build';
comment on schema marts is 'Facts, dimensions and computed figures, for analysts';
comment on schema reporting is 'Audited figures as published, with every revision, for reports';
comment on schema reference is 'Seeds: registers, catalogues and rules that people keep as CSV files';

-- Whoever may take any advisory lock can hold the platform's own ones, and with them every load and build. The counters of
-- tables show everybody how many rows others have read and written.
do $$
declare
    used_by_platform regprocedure;
begin
    for used_by_platform in
        select oid from pg_proc
        where
            pronamespace = 'pg_catalog'::regnamespace
            and (proname like 'pg\_%advisory%' or (proname like 'pg\_stat\_get\_%' and proargtypes = '26')) -- of one oid
    loop
        execute format('revoke execute on function %s from public', used_by_platform);
        execute format('grant execute on function %s to lachan_loader, lachan_auditor, lachan_transformer, lachan_publisher, lachan_steward', used_by_platform);
    end loop;
exception when insufficient_privilege then
    raise notice 'this server lets every login take advisory locks and read counters: only a superuser can change that';
end $$;

-- A backup reads everything, whatever rows a policy leaves out, and the verifiers of passwords; it changes nothing.
do $$
begin
    alter role lachan_backup bypassrls;
    grant pg_read_all_data to lachan_backup;
    grant select on pg_catalog.pg_authid to lachan_backup;
exception when insufficient_privilege then
    raise notice 'only a superuser can let lachan_backup read what a backup needs: `lachan backup` does not work here';
end $$;
