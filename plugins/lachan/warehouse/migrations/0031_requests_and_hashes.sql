-- Requests of people about what is held of them, without anything that says who they are; never changed, never deleted.
create sequence ops.person_request_no;

create table ops.person_request (
    request_no bigint primary key default nextval('ops.person_request_no'),
    action text not null check (action in ('find', 'show', 'erase')),
    rows_by_feed jsonb not null,
    originals_destroyed integer not null default 0,
    why text not null check (why <> ''),
    decided_by text not null check (decided_by <> ''),
    login text not null default session_user,
    decided_at timestamptz not null default clock_timestamp()
);

-- From which items people were erased: their rows are loaded without these values, whichever file they come from. Nothing here
-- tells which items were one person's: no request, no time.
create table ops.erased_item (
    feed text not null,
    item_key text not null,
    column_name text not null,
    primary key (feed, item_key, column_name)
);

-- Its result loses the plain hash of the file, with which readers could test guesses at a file of one line.
drop function if exists reporting.trace(text);

-- The hash of a report with all numbers would let readers who are not cleared test guesses at the hidden ones: a report is made
-- again byte for byte. Of what was handed out before, it is not known which numbers it had.
alter table reporting.handout
    add column shows_all_numbers boolean not null default true,
    add column open_sha256 text generated always as (case when not shows_all_numbers then sha256 end) stored;
