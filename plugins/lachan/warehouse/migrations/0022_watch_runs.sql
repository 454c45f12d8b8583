-- When `watch` last ran to its end: a scheduler that is dead raises no alert, but its last run gets older.

create table ops.watch_run (
    run_id text not null,
    watched_at timestamptz not null,
    critical integer not null,
    warnings integer not null,
    cleared integer not null,
    login text not null default session_user,
    finished_at timestamptz not null default clock_timestamp()
);

create index watch_run_finished_at on ops.watch_run (finished_at);
