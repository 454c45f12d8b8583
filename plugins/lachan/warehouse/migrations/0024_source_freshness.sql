-- What dbt said of the freshness of its sources, so that `watch` can raise alerts without starting dbt.

create table ops.source_freshness (
    feed text primary key,
    loaded_at timestamptz not null,
    status text not null check (status in ('pass', 'warn', 'error')),
    run_id text not null,
    checked_at timestamptz not null
);
