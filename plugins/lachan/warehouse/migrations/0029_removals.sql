-- What housekeeping has removed (docs/housekeeping.md); each removal of rows is entered in the transaction that removes them.

create table ops.removal (
    run_id text not null,
    thing text not null,
    older_than timestamptz not null,
    item_count bigint not null check (item_count > 0),
    byte_count bigint not null check (byte_count >= 0),
    login text not null default session_user,
    removed_at timestamptz not null default clock_timestamp(),
    primary key (run_id, thing)
);

create index removal_removed_at on ops.removal (removed_at);

create policy expired on ops.mart_state for delete to lachan_definer using (true);
