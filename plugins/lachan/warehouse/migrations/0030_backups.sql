-- Which backups were completed: one that is not entered here in time is an alert of `watch`.
create table ops.backup (
    name text not null,
    run_id text not null,
    snapshot_at timestamptz not null,
    size_bytes bigint not null,
    place text not null,
    login text not null default session_user,
    finished_at timestamptz not null default clock_timestamp()
);

create index backup_finished_at on ops.backup (finished_at);
