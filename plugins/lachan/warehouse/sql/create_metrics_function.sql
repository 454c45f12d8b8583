-- What `/metrics` of the board tells: states, counts and ages, no figures and no names. The login of the metrics can call
-- this function and read nothing else. Safe to run again at any time.
create or replace function reporting.platform_metrics()
returns table (metric text, feed text, kind text, severity text, value double precision)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select 'delivery_age', file.feed, null::text, null::text,
        extract(epoch from clock_timestamp() - max(file.delivered_at) filter (where delivery.standing = 'accepted'))::double precision
    from ops.export_file as file
    inner join ops.delivery as delivery on delivery.file_id = file.file_id
    group by file.feed
    having bool_or(delivery.standing = 'accepted');

    return query
    select 'held', file.feed, null::text, null::text,
        (count(*) filter (where delivery.standing = 'held'))::double precision
    from ops.export_file as file
    inner join ops.delivery as delivery on delivery.file_id = file.file_id
    group by file.feed;

    return query
    select 'quarantined', known.feed, null::text, null::text, coalesce(max(waiting.rows_waiting), 0)::double precision
    from (select distinct file.feed from ops.export_file as file) as known
    left join ({% include "warehouse/sql/waiting_rows.sql" %}) as waiting on waiting.feed = known.feed
    group by known.feed;

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
    select 'publication_age', null::text, null::text, null::text,
        extract(epoch from clock_timestamp() - max(publication.published_at))::double precision
    from reporting.publication as publication
    having count(*) > 0;

    return query
    select 'watch_age', null::text, null::text, null::text,
        extract(epoch from clock_timestamp() - max(watch.finished_at))::double precision
    from ops.watch_run as watch
    having count(*) > 0;

    return query
    select 'backup_age', null::text, null::text, null::text,
        extract(epoch from clock_timestamp() - max(backup.snapshot_at))::double precision
    from ops.backup as backup
    having count(*) > 0;

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
