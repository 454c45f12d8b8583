-- Builds, audits and publications read what has changed since the last one.

-- The files of the dbt project from which the last build that succeeded as a whole was made, and the tables that it left.
-- The next build computes everything if either is no longer the same, else only what deliveries have touched.
create table ops.complete_build (
    is_latest boolean primary key default true check (is_latest),
    run_id text not null,
    project_files jsonb not null,
    ledger_state text not null,
    tables text[] not null,
    built_at timestamptz not null default clock_timestamp()
);

-- The windows of which a build has changed figures or sentences since they were published. Sentences belong to no group.
create table ops.unpublished_window (
    mart text not null check (mart in ('figure', 'report_sentence')),
    indicator_group text not null,
    window_key text not null,
    primary key (mart, indicator_group, window_key)
);

-- Tables in staging have a primary key now.
do $$
declare unique_index regclass;
begin
    if to_regnamespace('staging') is not null then
        for unique_index in
            select indexrelid::regclass from pg_index inner join pg_class on pg_class.oid = indrelid
            where relnamespace = 'staging'::regnamespace and not indisprimary
        loop
            execute format('drop index %s', unique_index);
        end loop;
    end if;
end $$;

-- What an earlier release has built, and perhaps not yet published. Where indicators have no groups yet, the next build
-- changes every figure.
do $$
begin
    if exists(
        select from information_schema.columns
        where table_schema = 'reference' and table_name = 'indicators' and column_name = 'indicator_group'
    ) and to_regclass('marts.figure') is not null then
        insert into ops.unpublished_window (mart, indicator_group, window_key)
        select distinct 'figure', indicator.indicator_group, figure.window_key
        from marts.figure as figure
        inner join reference.indicators as indicator on indicator.indicator_key = figure.indicator_key;

        insert into ops.unpublished_window (mart, indicator_group, window_key)
        select distinct 'report_sentence', '', window_key from marts.report_sentence;
    end if;
end $$;
