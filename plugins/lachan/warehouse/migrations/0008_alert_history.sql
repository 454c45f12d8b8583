-- Every alert that was cleared is kept, with who cleared it: an alert that is raised again replaces its row in ops.alert.

create table ops.alert_history (
    alert_key text not null,
    kind text not null,
    feed text not null,
    severity text not null,
    message text not null,
    first_seen timestamptz not null,
    last_seen timestamptz not null,
    cleared_at timestamptz not null,
    cleared_by text not null,
    login text not null default session_user
);

create index alert_history_key on ops.alert_history (alert_key, cleared_at);
