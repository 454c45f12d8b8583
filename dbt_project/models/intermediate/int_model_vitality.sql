{{ config(group='models', unique_key=['as_of', 'model_id'], scope=['vitality_scope']) }}

with model as (
    select * from {{ ref('int_model_cut_off') }} as model where {{ vitality_scope('model') }}
),

activity_day as (
    select model_id, occurred_on as day, count(*) as activities, count(point_id) as activities_at_points
    from {{ ref('fct_model_activity') }}
    group by model_id, occurred_on
),

-- Cut-off days and days with activity in one sequence per model, so that a window function finds the last activity
-- before a cut-off day however long ago it was, and reads each row only once.
timeline as (
    select model_id, as_of as day, as_of, 0 as activities_at_points from model
    union all
    select model_id, day, null, activities_at_points from activity_day
),

last_activity as (
    select
        model_id, as_of,
        max(case when as_of is null then day end) over up_to_day as last_activity_on,
        sum(activities_at_points) over up_to_day > 0 as reports_by_point
    from timeline
    window up_to_day as (partition by model_id order by day)
),

recent_activity as (
    select
        model.model_id, model.as_of,
        sum(activity_day.activities) as activities_six_months,
        sum(activity_day.activities) filter (where activity_day.day >= model.as_of - 90) as activities_90_days
        {%- for month in range(6) %}
        {{- ',' if loop.first else ' +' }}
        (count(*) filter (where
            activity_day.day > model.as_of - interval '{{ month + 1 }} months'
            and activity_day.day <= model.as_of - interval '{{ month }} months') > 0)::integer
        {%- endfor %} as months_active_of_six
    from model
    inner join activity_day
        on activity_day.model_id = model.model_id
        and activity_day.day > model.as_of - interval '6 months'
        and activity_day.day <= model.as_of
    group by model.model_id, model.as_of
),

point_day as (
    select distinct point_id, occurred_on as day
    from {{ ref('fct_model_activity') }}
    where point_id is not null
),

point_count as (
    select
        model.model_id, model.as_of,
        rule.point_silent_after_days,
        count(distinct point.point_id) as points_in_force,
        count(distinct point.point_id) filter (
            where point_day.point_id is null and point.launched_on < model.as_of - rule.point_silent_after_days
        ) as points_without_activity
    from model
    inner join {{ ref('vitality_rule') }} as rule
        on model.as_of between rule.valid_from and coalesce(rule.valid_to, 'infinity')
    inner join {{ ref('dim_model_point') }} as point
        on point.model_id = model.model_id
        and model.as_of between point.in_force_from and coalesce(point.in_force_to, 'infinity')
    left join point_day
        on point_day.point_id = point.point_id
        and point_day.day between model.as_of - rule.point_silent_after_days and model.as_of
    group by model.model_id, model.as_of, rule.point_silent_after_days
)

select
    model.*,
    last_activity.last_activity_on,
    coalesce(recent_activity.activities_90_days, 0)::integer as activities_90_days,
    coalesce(recent_activity.activities_six_months, 0)::integer as activities_six_months,
    coalesce(recent_activity.months_active_of_six, 0)::integer as months_active_of_six,
    coalesce(point_count.points_in_force, 0)::integer as points_in_force,
    case
        when last_activity.reports_by_point and model.observed_from < model.as_of - point_count.point_silent_after_days
            then point_count.points_without_activity::integer
    end as points_without_activity
from model
left join last_activity on last_activity.model_id = model.model_id and last_activity.as_of = model.as_of
left join recent_activity on recent_activity.model_id = model.model_id and recent_activity.as_of = model.as_of
left join point_count on point_count.model_id = model.model_id and point_count.as_of = model.as_of
