-- Tables of ops: ledger of files, quarantine, profiles, verdicts, dbt results, alerts. Safe to run again at any time.

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

-- Upgrade of a warehouse that is older than `lachan discard`. The constraint is looked up first, because `alter table`
-- waits for all sessions that use the table.
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

-- Upgrade of a warehouse whose profiles have the earlier column names. Two measures are dropped, because limits now derive
-- them from other columns.
do $$
begin
    if exists (
        select from information_schema.columns
        where table_schema = 'ops' and table_name = 'batch_profile' and column_name = 'volume_excess'
    ) then
        alter table ops.batch_profile rename column quarantined_share to share_quarantined;
        alter table ops.batch_profile rename column usual_rows to rows_usual;
        alter table ops.batch_profile rename column volume_ratio to times_usual;
        alter table ops.batch_profile rename column misdated_share to share_dated_elsewhere;
        alter table ops.batch_profile rename column rows_from_the_future to rows_in_the_future;
        alter table ops.batch_profile rename column distribution_shift to mix_shift;
        alter table ops.batch_profile rename column shrinkage to share_gone;
        alter table ops.batch_profile
            drop column broken_share,
            drop column volume_excess,
            alter column share_gone drop not null,
            alter column share_gone drop default,
            add column rows_loaded bigint not null default 0,
            add column rows_gone bigint;
    end if;
end $$;

create table if not exists ops.batch_profile (
    file_id bigint primary key references ops.export_file,
    feed text not null,
    path text not null,
    export_date date not null,
    rows_read bigint not null,
    rows_loaded bigint not null,
    share_quarantined double precision not null,
    rows_usual double precision,
    times_usual double precision,
    share_dated_elsewhere double precision not null,
    rows_in_the_future bigint not null,
    mix_shift double precision,
    rows_gone bigint,
    share_gone double precision,
    warnings bigint not null,
    profiled_at timestamptz not null default clock_timestamp()
);
