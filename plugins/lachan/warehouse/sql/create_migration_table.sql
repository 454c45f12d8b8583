-- The record of migrations. Safe to run again at any time.
create schema if not exists ops;

create table if not exists ops.migration (
    number integer primary key,
    name text not null,
    sha256 text not null,
    applied_by text not null default session_user,
    applied_at timestamptz not null default clock_timestamp()
);
