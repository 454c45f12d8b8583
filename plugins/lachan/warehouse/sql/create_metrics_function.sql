-- What `/metrics` of the board tells: states, counts and ages, no figures and no names. The login of the metrics can call
-- this function and read nothing else. Safe to run again at any time.
create or replace function reporting.platform_metrics()
returns table (metric text, feed text, kind text, severity text, value double precision)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select of_feed.metric, known.feed, null::text, null::text, of_feed.found
    from (
        select
            file.feed,
            max(file.delivered_at) filter (where delivery.standing = 'accepted') as newest_at,
            count(*) filter (where delivery.standing = 'held') as files_held
        from ops.export_file as file
        inner join ops.delivery as delivery on delivery.file_id = file.file_id
        group by file.feed
    ) as known
    left join ({% include "warehouse/sql/waiting_rows.sql" %}) as waiting on waiting.feed = known.feed
    cross join lateral (values
        ('delivery_age', extract(epoch from clock_timestamp() - known.newest_at)::double precision),
        ('held', known.files_held::double precision),
        ('quarantined', coalesce(waiting.rows_waiting, 0)::double precision)
    ) as of_feed (metric, found)
    where of_feed.found is not null;

    if to_regclass('marts.expected_export') is not null then -- not before the first build
        return query
        select 'missing', known.feed, null::text, null::text,
            (count(*) filter (where expected.standing <> 'in_force'))::double precision
        from (select distinct file.feed from ops.export_file as file) as known
        left join marts.expected_export as expected on expected.feed = known.feed
        group by known.feed;
    end if;

    return query
    select 'alerts_open', null::text, alert.kind, alert.severity, count(*)::double precision
    from ops.alert as alert
    where alert.cleared_at is null
    group by alert.kind, alert.severity;

    return query
    select since.metric, null::text, null::text, null::text, extract(epoch from clock_timestamp() - since.at)::double precision
    from (values
        ('publication_age', (select max(publication.published_at) from reporting.publication as publication)),
        ('watch_age', (select max(watch.finished_at) from ops.watch_run as watch)),
        ('backup_age', (select max(backup.snapshot_at) from ops.backup as backup))
    ) as since (metric, at)
    where since.at is not null;

    return query
    select 'groups_held', null::text, null::text, null::text,
        (count(*) filter (where latest.stage = 'held'))::double precision
    from (
        select distinct on (state.indicator_group) state.stage
        from ops.mart_state as state
        where state.indicator_group is not null
        order by state.indicator_group, state.state_no desc
    ) as latest;

    return query
    select 'build_seconds', null::text, null::text, null::text, sum(result.seconds)::double precision
    from ops.dbt_result as result
    where
        result.run_id = (
            select last_result.run_id
            from ops.dbt_result as last_result
            order by last_result.finished_at desc
            limit 1
        )
    having count(*) > 0;

    return query
    select 'revised', null::text, null::text, null::text, count(*)::double precision
    from reporting.figure_state as state
    inner join reporting.figure_change as change on change.change_no = state.change_no
    where
        state.change <> 'new'
        and change.publication_id = (select max(publication.publication_id) from reporting.publication as publication);
end $$;
comment on function reporting.platform_metrics is 'States, counts and ages of feeds and of the platform, for monitoring: no figures, no names';
revoke all on function reporting.platform_metrics from public;
grant execute on function reporting.platform_metrics to lachan_monitor;
