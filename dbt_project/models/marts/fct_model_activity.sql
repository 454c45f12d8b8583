{{
    config(
        group='models', unique_key='activity_id', scope=['activity_scope'], records_changes=true,
        indexes=[{'columns': ['occurred_on'], 'type': 'brin'}]
    )
}}

select
    activity.activity_id,

    -- when and where: the ward of the site on that day, or of the model if the site is unknown
    activity.occurred_on,
    coalesce(point.ward_key, model.ward_key, 'unknown') as ward_key,

    -- what
    activity.model_id,
    activity.point_id,
    activity.kind as activity_kind,
    activity.participants,
    model.model_id is not null as is_known_model,

    -- where it came from
    activity.file_id,
    activity.line_no,
    activity.acceptance_no,
    activity.updated_at
from {{ ref('stg_model_activities') }} as activity
left join {{ ref('dim_model') }} as model
    on model.model_id = activity.model_id
    and activity.occurred_on between least(model.valid_from, model.in_force_from) and coalesce(model.valid_to, 'infinity')
left join {{ ref('dim_model_point') }} as point
    on point.point_id = activity.point_id
    and activity.occurred_on between least(point.valid_from, point.in_force_from) and coalesce(point.valid_to, 'infinity')
where {{ activity_scope('activity') }}
