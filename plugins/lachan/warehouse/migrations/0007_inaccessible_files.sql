-- Files in the landing zone that cannot be opened or read. They are not in ops.export_file, which is a list of contents:
-- of these files no content is known.

create table ops.inaccessible_file (
    feed text not null,
    path text not null,
    export_date date,
    reason text not null,
    first_seen timestamptz not null default clock_timestamp(),
    last_seen timestamptz not null default clock_timestamp(),
    primary key (feed, path)
);
