-- Which key the pseudonyms in raw were made with, as a fingerprint from which the key cannot be computed. One row at most: a
-- load with any other key is refused, because it would give the same person a second pseudonym.

create table ops.pseudonym_key (
    is_only boolean primary key default true check (is_only),
    fingerprint text not null,
    found_at text not null,
    login text not null default session_user,
    stored_at timestamptz not null default clock_timestamp()
);
