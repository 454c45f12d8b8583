-- The warehouse outside dbt: roles, the ledger of files, quarantine, verdicts. Safe to run again at any time.

do $$
declare role_name text;
begin
    foreach role_name in array array['loader', 'transformer', 'publisher', 'analyst', 'reporter', 'ward_viewer', 'steward'] loop
        if not exists (select from pg_roles where rolname = 'lachan_' || role_name) then
            execute format('create role %I nologin', 'lachan_' || role_name);
        end if;
        execute format('grant %I to current_user', 'lachan_' || role_name);
    end loop;
    execute format('revoke all on database %I from public', current_database());
    execute format('grant connect, temporary on database %I to lachan_loader, lachan_transformer, lachan_publisher, lachan_analyst, lachan_reporter, lachan_ward_viewer, lachan_steward', current_database());
    execute format('grant create on database %I to lachan_transformer', current_database());
    execute format('alter database %I set timezone to %L', current_database(), 'Asia/Ho_Chi_Minh');
end $$;

revoke all on schema public from public;

create schema if not exists ops;
create schema if not exists raw;
create schema if not exists staging authorization lachan_transformer;
create schema if not exists intermediate authorization lachan_transformer;
create schema if not exists marts authorization lachan_transformer;
create schema if not exists reporting authorization lachan_publisher;

comment on schema ops is 'How the platform runs: the ledger of files, quarantine, verdicts, results, alerts';
comment on schema raw is 'Rows as exported, typed and pseudonymised, every version kept; one table per feed';
comment on schema staging is 'The latest accepted state of every key; one table per feed';
comment on schema intermediate is 'Steps between staging and marts';
comment on schema marts is 'Facts, dimensions and computed figures, for analysts';
comment on schema reporting is 'Audited figures as published, with every revision, for reports';

create sequence if not exists ops.file_id;
create sequence if not exists ops.acceptance_no;

create table if not exists ops.export_file (
    file_id bigint primary key default nextval('ops.file_id'),
    feed text not null,
    path text not null,
    sha256 text not null,
    replay_no integer not null default 0,
    fingerprint text not null,
    export_date date,
    size_bytes bigint not null,
    delivered_at timestamptz,
    status text not null check (status in ('loaded', 'duplicate', 'rejected')),
    reason text,
    duplicate_of bigint references ops.export_file,
    encoding text,
    unknown_columns text[] not null default '{}',
    warnings text[] not null default '{}',
    rows_read bigint not null default 0,
    rows_loaded bigint not null default 0,
    rows_quarantined bigint not null default 0,
    rows_duplicate bigint not null default 0,
    loaded_at timestamptz not null default clock_timestamp(),
    read_at timestamptz not null default clock_timestamp(),
    run_id text not null,
    gate text not null default 'none' check (gate in ('none', 'pending', 'accepted', 'held', 'discarded')),
    gate_reason text,
    gate_at timestamptz,
    acceptance_no bigint unique,
    unique (feed, path, sha256, replay_no),
    constraint every_record_is_accounted_for check (rows_read = rows_loaded + rows_quarantined + rows_duplicate),
    constraint a_rejected_file_has_a_reason check ((status = 'rejected') = (reason is not null)),
    constraint accepted_means_numbered check ((gate = 'accepted') = (acceptance_no is not null))
);

create table if not exists ops.quarantined_row (
    file_id bigint not null references ops.export_file,
    line_no bigint not null,
    feed text not null,
    reasons json not null,
    masked_row json not null,
    replayed_by bigint references ops.export_file,
    discarded_why text,
    primary key (file_id, line_no)
);

-- A warehouse that is older than `lachan discard`; asked first, because altering a table waits for those who use it.
do $$
begin
    if exists (
        select from pg_constraint
        where conrelid = 'ops.export_file'::regclass and conname = 'export_file_gate_check'
            and pg_get_constraintdef(oid) not like '%discarded%'
    ) then
        alter table ops.export_file
            drop constraint export_file_gate_check,
            add constraint export_file_gate_check check (gate in ('none', 'pending', 'accepted', 'held', 'discarded'));
        alter table ops.quarantined_row add column if not exists discarded_why text;
    end if;
end $$;

create table if not exists ops.check_result (
    run_id text not null,
    stage text not null check (stage in ('gate', 'audit')),
    suite text not null,
    expectation text not null,
    column_name text,
    severity text not null,
    success boolean not null,
    expected text not null,
    failed_keys jsonb not null default '{}',
    exception text,
    checked_at timestamptz not null default clock_timestamp()
);

create table if not exists ops.dbt_result (
    run_id text not null,
    node text not null,
    resource_type text not null,
    status text not null,
    rows_affected bigint,
    seconds double precision not null,
    message text,
    finished_at timestamptz not null default clock_timestamp()
);

create table if not exists ops.mart_state (
    stage text not null check (stage in ('built', 'audited')),
    run_id text not null,
    fingerprint text not null,
    kept_at timestamptz not null default clock_timestamp()
);

create table if not exists ops.alert (
    alert_key text primary key,
    kind text not null,
    feed text,
    severity text not null check (severity in ('warning', 'critical')),
    message text not null,
    first_seen timestamptz not null default clock_timestamp(),
    last_seen timestamptz not null default clock_timestamp(),
    cleared_at timestamptz
);

grant usage on schema ops, raw to lachan_loader, lachan_transformer, lachan_publisher;
grant usage on schema ops to lachan_steward, lachan_analyst;
grant usage, create on schema raw to lachan_loader;
grant select, insert, update on all tables in schema ops to lachan_loader;
grant usage on all sequences in schema ops to lachan_loader;
grant select on ops.export_file to lachan_transformer, lachan_publisher, lachan_analyst;
grant select on all tables in schema ops to lachan_steward;
grant insert on ops.dbt_result, ops.mart_state to lachan_transformer;
grant select on ops.mart_state to lachan_publisher;
grant select on all tables in schema raw to lachan_transformer, lachan_publisher;
alter default privileges for role lachan_loader in schema raw grant select on tables to lachan_transformer, lachan_publisher;

grant usage on schema marts to lachan_analyst, lachan_publisher;
grant usage on schema staging, intermediate to lachan_publisher;
grant usage on schema reporting to lachan_analyst, lachan_reporter, lachan_ward_viewer, lachan_transformer;
alter default privileges for role lachan_transformer in schema marts grant select on tables to lachan_analyst, lachan_publisher;
alter default privileges for role lachan_transformer in schema staging grant select on tables to lachan_publisher;
