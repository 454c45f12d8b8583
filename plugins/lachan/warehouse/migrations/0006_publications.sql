-- Every publication is kept with the deliveries that came into its figures, or left them, since the one before.

create table ops.published_delivery (
    indicator_group text not null,
    file_id bigint not null,
    primary key (indicator_group, file_id)
);

set local role lachan_publisher;

create sequence reporting.publication_id;

create table reporting.publication (
    publication_id bigint primary key default nextval('reporting.publication_id'),
    run_id text not null,
    why text not null,
    published_at timestamptz not null,
    login text not null default session_user,
    groups_published text[] not null,
    groups_held text[] not null
);

create table reporting.publication_delivery (
    publication_id bigint not null,
    indicator_group text not null,
    file_id bigint not null,
    feed text not null,
    path text not null,
    export_date date not null,
    change text not null
    check (change in ('new', 'late', 'correction', 'released', 'replayed', 'replaced', 'retracted', 'removed')),
    decided_by text,
    decided_why text,
    primary key (publication_id, indicator_group, file_id)
);

alter table reporting.figure_revision add column publication_id bigint;

reset role;
