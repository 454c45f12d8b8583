-- Keys have numbers. The key of a warehouse from before is number 1, whose pseudonyms begin with `p_`; those of key 2 with `p2_`.
alter table ops.pseudonym_key
    drop column is_only,
    add column number integer primary key default 1 check (number > 0),
    add column ended_at timestamptz,
    add column ended_by text,
    add column ended_why text,
    add constraint ended_with_a_reason check ((ended_at is null) = (ended_why is null) and (ended_at is null) = (ended_by is null)),
    add constraint each_key_once unique (fingerprint);
alter table ops.pseudonym_key alter column number drop default;

-- During a rotation: which pseudonym of the new key is the same person as one of an earlier key.
create table ops.pseudonym_link (
    feed text not null,
    column_name text not null,
    pseudonym text not null,
    earlier_pseudonym text not null,
    primary key (feed, column_name, earlier_pseudonym, pseudonym)
);
