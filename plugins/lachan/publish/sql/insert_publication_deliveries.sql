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
    select published.indicator_group, published.file_id, file.feed, file.export_date
    from ops.published_delivery as published
    inner join ops.export_file as file on file.file_id = published.file_id
    where published.indicator_group = any({{ groups }}::text[])
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

published_day as (
    select distinct indicator_group, feed, export_date from published
)

insert into reporting.publication_delivery (
    publication_id, indicator_group, file_id, feed, path, export_date, change, decided_by, decided_why
)
select
    {{ publication_id }}, changed.indicator_group, changed.file_id, delivery.feed, delivery.path, delivery.export_date,
    case
        when not changed.has_come and delivery.standing = 'retracted' then 'retracted'
        when not changed.has_come and delivery.standing = 'superseded' then 'replaced'
        when not changed.has_come then 'removed'
        when delivery.is_replay then 'replayed'
        when published_day.feed is not null then 'correction'
        when delivery.decided_by is not null then 'released'
        when (delivery.delivered_at at time zone {{ timezone }})::date > expected.due_on then 'late'
        else 'new'
    end,
    delivery.decided_by,
    case when delivery.decided_by is not null then delivery.why end
from changed
inner join ops.delivery as delivery on delivery.file_id = changed.file_id
left join published_day
    on published_day.indicator_group = changed.indicator_group
    and published_day.feed = delivery.feed
    and published_day.export_date = delivery.export_date
left join marts.expected_export as expected
    on expected.feed = delivery.feed and delivery.export_date between expected.period_from and expected.period_to
