-- The deliveries that came into the published figures of each group since its last publication, or left them.
with feed_group as (
    select distinct feed, indicator_group
    from reference.indicators
    where feed <> 'deliveries'
    union
    select distinct feed, 'deliveries'
    from ops.delivery_in_force
),

wanted as (
    select feed_group.indicator_group, in_force.file_id
    from ops.delivery_in_force as in_force
    inner join feed_group on feed_group.feed = in_force.feed
    where feed_group.indicator_group = any({{ groups }}::text[])
),

published as (
    select indicator_group, file_id from ops.published_delivery where indicator_group = any({{ groups }}::text[])
),

changed as (
    select
        coalesce(wanted.indicator_group, published.indicator_group) as indicator_group,
        coalesce(wanted.file_id, published.file_id) as file_id,
        wanted.file_id is not null as has_come
    from wanted
    full join published on published.indicator_group = wanted.indicator_group and published.file_id = wanted.file_id
    where wanted.file_id is null or published.file_id is null
),

-- What has come is read from the deliveries that the build fixed. The view of all deliveries, which costs more with every
-- year, is read only when some have left the figures.
delivery as (
    select
        changed.indicator_group, changed.file_id, changed.has_come,
        in_force.feed, in_force.path, in_force.export_date, in_force.delivered_at, in_force.is_replay,
        null as standing, decision.decided_by, decision.why
    from changed
    inner join ops.delivery_in_force as in_force on in_force.file_id = changed.file_id
    left join lateral (
        select taken.decided_by, taken.why
        from ops.decision as taken
        where taken.file_id = in_force.delivery_id or taken.file_id = in_force.file_id
        order by taken.decision_id desc
        limit 1
    ) as decision on true
    where changed.has_come
    union all
    select
        changed.indicator_group, changed.file_id, changed.has_come,
        known.feed, known.path, known.export_date, known.delivered_at, known.is_replay,
        known.standing, known.decided_by, known.why
    from changed
    inner join ops.delivery as known on known.file_id = changed.file_id
    where not changed.has_come and exists (select from changed as any_changed where not any_changed.has_come)
),

published_day as (
    select distinct delivery.indicator_group, delivery.feed, delivery.export_date
    from delivery
    inner join ops.export_file as file on file.feed = delivery.feed and file.export_date = delivery.export_date
    inner join published on published.indicator_group = delivery.indicator_group and published.file_id = file.file_id
    where delivery.has_come
)

insert into reporting.publication_delivery (
    publication_id, indicator_group, file_id, feed, path, export_date, change, decided_by, decided_why
)
select
    {{ publication_id }}, delivery.indicator_group, delivery.file_id, delivery.feed, delivery.path, delivery.export_date,
    case
        when not delivery.has_come and delivery.standing = 'retracted' then 'retracted'
        when not delivery.has_come and delivery.standing = 'superseded' then 'replaced'
        when not delivery.has_come then 'removed'
        when delivery.is_replay then 'replayed'
        when published_day.feed is not null then 'correction'
        when delivery.decided_by is not null then 'released'
        when (delivery.delivered_at at time zone {{ timezone }})::date > expected.due_on then 'late'
        else 'new'
    end,
    delivery.decided_by,
    case when delivery.decided_by is not null then delivery.why end
from delivery
left join published_day
    on published_day.indicator_group = delivery.indicator_group
    and published_day.feed = delivery.feed
    and published_day.export_date = delivery.export_date
left join marts.expected_export as expected
    on expected.feed = delivery.feed and delivery.export_date between expected.period_from and expected.period_to
