-- Deliveries: every content that was at a path of the landing zone, with the replays that complete it. People can take an
-- accepted delivery back, and their decisions are kept.

alter table ops.export_file
    add column delivery_no integer not null default 0,
    add column replay_of bigint references ops.export_file,
    drop constraint export_file_feed_path_sha256_replay_no_key,
    add constraint one_load_of_a_delivery unique (feed, path, sha256, delivery_no, replay_no),
    drop constraint export_file_gate_check,
    add constraint export_file_gate_check
    check (gate in ('none', 'pending', 'accepted', 'held', 'discarded', 'retracted')),
    drop constraint accepted_means_numbered,
    add constraint accepted_means_numbered
    check (case gate when 'accepted' then acceptance_no is not null when 'retracted' then true else acceptance_no is null end);

update ops.export_file as replayed
set replay_of = original.file_id
from ops.export_file as original
where
    replayed.replay_no > 0 and original.replay_no = 0
    and original.feed = replayed.feed and original.path = replayed.path and original.sha256 = replayed.sha256;

create index export_file_path on ops.export_file (feed, path);
create index export_file_day on ops.export_file (feed, export_date);

create sequence ops.decision_id;

create table ops.decision (
    decision_id bigint primary key default nextval('ops.decision_id'),
    decision text not null check (decision in ('released', 'discarded', 'retracted', 'replayed')),
    file_id bigint not null references ops.export_file,
    why text not null,
    decided_by text not null,
    login text not null default session_user,
    decided_at timestamptz not null default clock_timestamp()
);

-- The deliveries that a build reads, fixed at its start, and those that the rows in staging come from.
create table ops.delivery_in_force (
    file_id bigint primary key,
    feed text not null,
    export_date date not null,
    delivery_id bigint not null,
    delivered_at timestamptz not null,
    path text not null,
    acceptance_no bigint not null,
    is_replay boolean not null,
    rows_loaded bigint not null,
    rows_quarantined bigint not null
);

create table ops.applied_delivery (
    file_id bigint primary key,
    feed text not null,
    export_date date not null,
    delivered_at timestamptz not null,
    applied_by text not null,
    applied_at timestamptz not null default clock_timestamp()
);

do $$
begin
    if to_regclass('staging.taken_file') is not null then
        insert into ops.applied_delivery (file_id, feed, export_date, delivered_at, applied_by, applied_at)
        select taken.file_id, taken.feed, taken.export_date, '-infinity', taken.taken_by, taken.taken_at
        from staging.taken_file as taken;
        drop table staging.taken_file;
    end if;
end $$;
