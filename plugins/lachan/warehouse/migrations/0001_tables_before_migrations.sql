-- The tables of `ops` and `reporting` as they were when numbered migrations began. Every statement can also be run in a
-- warehouse that was made before, where it changes nothing.

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

create table if not exists ops.batch_profile (
    file_id bigint primary key references ops.export_file,
    feed text not null,
    path text not null,
    export_date date not null,
    rows_read bigint not null,
    quarantined_share double precision not null,
    broken_share double precision not null,
    usual_rows double precision,
    volume_ratio double precision,
    volume_excess double precision,
    misdated_share double precision not null,
    rows_from_the_future bigint not null,
    distribution_shift double precision,
    shrinkage double precision not null default 0,
    warnings bigint not null,
    profiled_at timestamptz not null default clock_timestamp()
);

set local role lachan_publisher;

create table if not exists reporting.figure (
{% for column in figure.unrevised_columns %}
    {{ column.name | identifier }} {{ column.sql_type | sql_type }}{% if column.is_required %} not null{% endif %},
{% endfor %}
{% for column in figure.revised_columns %}
    {{ column.name | identifier }} {{ column.sql_type | sql_type }}{% if column.is_required %} not null{% endif %},
{% endfor %}
    revision_no integer not null,
    published_at timestamptz not null,
    primary key ({{ figure.key | identifiers }})
);

create table if not exists reporting.figure_revision (
{% for column in figure.unrevised_columns if column.name in figure.key %}
    {{ column.name | identifier }} {{ column.sql_type | sql_type }} not null,
{% endfor %}
    revision_no integer not null,
    change text not null check (change in ('new', 'changed', 'withdrawn')),
{% for column in figure.unrevised_columns if column.name not in figure.key %}
    {{ column.name | identifier }} {{ column.sql_type | sql_type }}{% if column.is_required %} not null{% endif %},
{% endfor %}
{% for column in figure.revised_columns %}
    {{ ("old_" ~ column.name) | identifier }} {{ column.sql_type | sql_type }},
    {{ ("new_" ~ column.name) | identifier }} {{ column.sql_type | sql_type }},
{% endfor %}
    changed_at timestamptz not null,
    run_id text not null,
    why text not null,
    primary key ({{ figure.key | identifiers }}, revision_no)
);

create index if not exists figure_revision_changed_at on reporting.figure_revision (changed_at);

create table if not exists reporting.report_sentence (
{% for column in report_sentence.columns %}
    {{ column.name | identifier }} {{ column.sql_type | sql_type }}{% if column.is_required %} not null{% endif %},
{% endfor %}
    published_at timestamptz not null,
    primary key ({{ report_sentence.key | identifiers }})
);

reset role;
