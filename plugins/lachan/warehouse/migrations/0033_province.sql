-- Figures of the cities of a province side by side (docs/cities.md). Every warehouse has the tables; only the database of a
-- province has rows in them.
create schema if not exists province;
comment on schema province is 'Figures of all cities of a province, as each city has published them';

create table province.city (
    city_code text primary key,
    name_vi text not null,
    database_name text not null,
    publication_id bigint,
    published_at timestamptz,
    collected_at timestamptz,
    tried_at timestamptz not null,
    error text
);

create table province.stored_figure (
    city_code text not null references province.city,
    figure_id text not null,
    indicator_key text not null,
    label_vi text not null,
    unit text not null,
    measure text not null,
    window_key text not null,
    window_kind text not null,
    window_basis text not null,
    window_label_vi text not null,
    window_starts_on date not null,
    window_ends_on date not null,
    is_complete boolean not null,
    days_missing integer,
    breakdown_dim text not null,
    breakdown_value text not null,
    breakdown_label_vi text not null,
    numerator bigint,
    denominator bigint,
    is_additive boolean generated always as (denominator is null) stored,
    value numeric,
    is_hidden boolean not null,
    revision_no integer,
    published_at timestamptz,
    primary key (city_code, window_key, indicator_key, breakdown_value)
);
create index stored_figure_window on province.stored_figure (window_key, indicator_key);

create table province.reader (
    login_name text primary key,
    added_at timestamptz not null default now(),
    added_by text not null default session_user
);

alter table province.stored_figure enable row level security;
alter table province.city enable row level security;
