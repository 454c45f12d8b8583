-- Seconds since the last publication and since `watch` last came to its end, groups held back, and seconds of the last build.
select
    (
        select extract(epoch from clock_timestamp() - max(publication.published_at))::double precision
        from reporting.publication as publication
    ) as publication_age,
    (
        select extract(epoch from clock_timestamp() - max(watch.finished_at))::double precision
        from ops.watch_run as watch
    ) as watch_age,
    (
        select count(*)
        from (
            select distinct on (indicator_group) stage
            from ops.mart_state
            where indicator_group is not null
            order by indicator_group, state_no desc
        ) as latest
        where latest.stage = 'held'
    ) as groups_held,
    (
        select sum(result.seconds)
        from ops.dbt_result as result
        where
            result.run_id = (
                select last_result.run_id
                from ops.dbt_result as last_result
                order by last_result.finished_at desc
                limit 1
            )
    ) as build_seconds
