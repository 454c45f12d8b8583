{{ config(unique_key=['feed', 'day']) }}

-- Empty in a full build, which computes every day.
{% if is_full_build() %}
select null::text as feed, null::date as day
limit 0
{% else %}
with counted (feed, day) as (
    select feed, day from {{ changed_rows() }} as changed_row
    union all
    select feed, day from {{ ref('int_ward_mention') }} where {{ spelling_scope('ward_spelling') }}
    union all
    select feed, export_date from changes.delivery
    union all
    select 'deliveries', period_to from {{ changes_of('expected_export') }}
    union all
    select 'model_activities', occurred_on from {{ changes_of('fct_model_activity') }}
),

-- The ward in which a shift counts depends on the meaning of its spelling on each of its days.
shift as (
    select planned_on, performed_on from {{ changes_of('fct_patrol_shift') }}
    union all
    select planned_on, performed_on from {{ ref('fct_patrol_shift') }} where {{ spelling_scope('ward_spelling') }}
),

-- An extraction moves the first day of its request and of its case, on which other extractions count as well.
changed_extraction as (
    select request_id, case_id, requested_on, completed_on, case_clarified_on from {{ changes_of('fct_camera_extraction') }}
    union all
    select request_id, case_id, requested_on, completed_on, case_clarified_on
    from {{ ref('fct_camera_extraction') }}
    where {{ spelling_scope('ward_spelling') }}
),

extraction as (
    select requested_on, completed_on, case_clarified_on from changed_extraction
    union all
    select requested_on, completed_on, case_clarified_on
    from {{ ref('fct_camera_extraction') }}
    where
        request_id in (select request_id from changed_extraction)
        or case_id in (select case_id from changed_extraction)
    union all
    select clarified_on, null, null from {{ changes_of('fct_camera_case') }}
    union all
    select clarified_on, null, null from {{ ref('fct_camera_case') }} where case_id in (select case_id from changed_extraction)
),

-- A launch counts on the day that the latest state of the register gives, in the ward of the first one.
model as (
    select model_id, launched_on
    from {{ changed_states('dim_model', ['model_id', 'launched_on', 'model_kind', 'ward_key', 'valid_from', 'is_last', 'is_mistake', 'file_id', 'line_no']) }} as changed
),

point as (
    select point_id, launched_on
    from {{ changed_states('dim_model_point', ['point_id', 'model_id', 'launched_on', 'is_origin', 'ward_key', 'valid_from', 'is_last', 'is_mistake', 'file_id', 'line_no']) }} as changed
    union all
    select point_id, launched_on from {{ ref('dim_model_point') }} where model_id in (select model_id from model)
),

fire_safety_point as (
    select point_id, launched_on
    from {{ changed_states('dim_fire_safety_point', ['point_id', 'launched_on', 'fire_safety_kind', 'ward_key', 'valid_from', 'is_last', 'is_mistake', 'file_id', 'line_no']) }} as changed
),

touched as (
    select * from counted
    union
    select 'patrol_rosters', unnest(array[planned_on, performed_on]) from shift
    union
    select 'camera_extractions', unnest(array[requested_on, completed_on, case_clarified_on]) from extraction
    union
    select 'model_register', launched_on from model
    union
    select 'model_register', launched_on from {{ ref('dim_model') }} where model_id in (select model_id from model)
    union
    select 'model_points', launched_on from point
    union
    select 'model_points', launched_on from {{ ref('dim_model_point') }} where point_id in (select point_id from point)
    union
    select 'fire_safety_register', launched_on from fire_safety_point
    union
    select 'fire_safety_register', launched_on
    from {{ ref('dim_fire_safety_point') }}
    where point_id in (select point_id from fire_safety_point)
)

select feed, day
from touched
where day is not null
{% endif %}
