-- What the archive holds, and what was done with it. Every table is only added to: a content that was destroyed and is delivered
-- again gets a copy with the next number.

create sequence ops.archive_no;

create table ops.archived_file (
    archive_no bigint primary key default nextval('ops.archive_no'),
    sha256 text not null,
    copy_no integer not null default 0,
    name text not null,
    size_bytes bigint not null,
    recipients text[] not null check (cardinality(recipients) > 0),
    run_id text not null,
    archived_at timestamptz not null default clock_timestamp(),
    unique (sha256, copy_no)
);

create table ops.archive_reading (
    archive_no bigint not null references ops.archived_file,
    why text not null check (why <> ''),
    read_by text not null check (read_by <> ''),
    login text not null default session_user,
    read_at timestamptz not null default clock_timestamp()
);

create table ops.archive_destruction (
    archive_no bigint primary key references ops.archived_file,
    why text not null check (why <> ''),
    destroyed_by text not null check (destroyed_by <> ''),
    login text not null default session_user,
    destroyed_at timestamptz not null default clock_timestamp()
);
