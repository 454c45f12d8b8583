-- What became of deliveries that are not in force, as it was when the last build began: a build looks again only at exports
-- of which that has changed.

create table ops.delivery_not_in_force (
    file_id bigint primary key,
    feed text not null,
    export_date date not null,
    delivery_id bigint not null,
    delivered_at timestamptz not null,
    is_replay boolean not null,
    standing text not null,
    is_misdated boolean not null
);
