{{ config(materialized='stable_view', contract={'enforced': false}) }}

-- Every figure is a sum or a distinct count of these rows, and reporting.trace() lists them. What an indicator counts is
-- defined only here.

with first_request as (
    select request_id, min(requested_on) as requested_on
    from {{ ref('fct_camera_extraction') }}
    group by request_id
),

first_delivery as (
    select case_id, min(requested_on) as requested_on
    from {{ ref('fct_camera_extraction') }}
    where is_delivered and case_id is not null
    group by case_id
),

model as (
    select distinct on (model_id) model_id, model_kind
    from {{ ref('dim_model') }}
    order by model_id, valid_from desc
),

point as (
    select point.*, coalesce(model.model_kind, 'khac') as model_kind
    from {{ ref('dim_model_point') }} as point
    left join model on model.model_id = point.model_id
),

tip as (
    select
        counted.indicator_key, tip.tip_id as item_key, tip.received_on as day, tip.ward_key,
        counted.breakdown_value, counted.numerator, counted.denominator, 'tips' as feed, tip.file_id, tip.line_no
    from {{ ref('fct_tip') }} as tip
    cross join lateral (values
        ('tips_received', tip.channel, tip.is_received::int, 0),
        ('tips_pending', tip.channel, (tip.is_received and tip.verdict = 'pending')::int, 0),
        ('tips_duplicate', tip.channel, (tip.verdict = 'duplicate_of')::int, 0),
        ('tips_valuable', tip.channel, (tip.is_received and tip.verdict = 'valuable')::int, 0),
        ('tips_valuable_rate', tip.channel, (tip.is_received and tip.verdict = 'valuable')::int, (tip.is_received and tip.verdict <> 'pending')::int),
        ('tips_converted_rate', tip.channel, (tip.is_received and tip.verdict = 'valuable' and tip.is_converted)::int, (tip.is_received and tip.verdict = 'valuable')::int),
        ('env_worker_tips', 'total', tip.is_env_worker_tip::int, 0),
        ('env_worker_tips_converted', 'total', (tip.is_env_worker_tip and tip.is_converted)::int, 0),
        ('env_worker_tips_converted_rate', 'total', (tip.is_env_worker_tip and tip.is_converted)::int, tip.is_env_worker_tip::int)
    ) as counted (indicator_key, breakdown_value, numerator, denominator)
),

-- A condition on the day of an item reaches the facts below, because each of these branches takes the day from one column.
extraction_item as (
    select
        'camera_extractions' as indicator_key, extraction_id as item_key, completed_on as day, ward_spelling,
        1 as numerator, 0 as denominator, file_id, line_no
    from {{ ref('fct_camera_extraction') }}
    where is_counted
    union all
    select
        'camera_extraction_requests', extraction.request_id, first_request.requested_on, extraction.ward_spelling,
        1, 0, extraction.file_id, extraction.line_no
    from {{ ref('fct_camera_extraction') }} as extraction
    inner join first_request on first_request.request_id = extraction.request_id
    union all
    select
        'camera_cases_clarified', clarified.case_id, clarified.clarified_on, extraction.ward_spelling,
        1, 0, extraction.file_id, extraction.line_no
    from {{ ref('fct_camera_extraction') }} as extraction
    inner join {{ ref('fct_camera_case') }} as clarified on {{ clarified_by('clarified', 'extraction') }}
    union all
    select
        'camera_case_clearance_rate', first_delivery.case_id, first_delivery.requested_on, extraction.ward_spelling,
        (clarified.case_id is not null)::int, 1, extraction.file_id, extraction.line_no
    from {{ ref('fct_camera_extraction') }} as extraction
    inner join first_delivery on first_delivery.case_id = extraction.case_id
    left join {{ ref('fct_camera_case') }} as clarified on {{ clarified_by('clarified', 'extraction') }}
    where extraction.is_delivered
),

-- A request of June and its extraction of July may lie in two units: each counts in the ward in force on its own day.
extraction as (
    select
        item.indicator_key, item.item_key, item.day, coalesce(ward.ward_key, 'unknown'),
        'total', item.numerator, item.denominator, 'camera_extractions', item.file_id, item.line_no
    from extraction_item as item
    left join {{ ref('int_ward_spelling') }} as ward on {{ ward_on('ward', 'item.ward_spelling', 'item.day') }}
),

patrol_item as (
    select
        counted.indicator_key, shift.shift_id, shift.planned_on as day, shift.ward_spelling, shift.patrol_type as breakdown_value,
        counted.numerator, counted.denominator, shift.file_id, shift.line_no
    from {{ ref('fct_patrol_shift') }} as shift
    cross join lateral (values
        ('patrols_planned', 1, 0),
        ('patrol_completion_rate', shift.is_performed::int, 1)
    ) as counted (indicator_key, numerator, denominator)
    union all
    select
        counted.indicator_key, shift.shift_id, shift.performed_on, shift.ward_spelling, counted.breakdown_value,
        counted.numerator, 0, shift.file_id, shift.line_no
    from {{ ref('fct_patrol_shift') }} as shift
    cross join lateral (values
        ('patrols_performed', shift.patrol_type, 1),
        ('patrol_participations', shift.patrol_type, shift.participations),
        ('patrol_conflicts_resolved', shift.patrol_type, shift.conflicts_resolved),
        ('armed_patrol_findings', 'traffic', case when shift.patrol_type = 'armed' then shift.traffic_violations end),
        ('armed_patrol_findings', 'drugs', case when shift.patrol_type = 'armed' then shift.drug_cases end),
        ('armed_patrol_findings', 'theft', case when shift.patrol_type = 'armed' then shift.theft_cases end)
    ) as counted (indicator_key, breakdown_value, numerator)
    where shift.performed_on is not null and counted.numerator is not null
),

patrol as (
    select
        item.indicator_key, item.shift_id, item.day, coalesce(ward.ward_key, 'unknown'),
        item.breakdown_value, item.numerator, item.denominator, 'patrol_rosters', item.file_id, item.line_no
    from patrol_item as item
    left join {{ ref('int_ward_spelling') }} as ward on {{ ward_on('ward', 'item.ward_spelling', 'item.day') }}
),

activity as (
    select
        'model_activities', activity_id, occurred_on, ward_key,
        activity_kind, 1, 0, 'model_activities', file_id, line_no
    from {{ ref('fct_model_activity') }}
),

mass_work as (
    select
        counted.indicator_key, counted.item_key, event.held_on, event.ward_key,
        'total', counted.numerator, 0, 'mass_work_events', event.file_id, event.line_no
    from {{ ref('fct_mass_work_event') }} as event
    inner join lateral (values
        ('mass_work_courses', 'training_course', event.event_id, 1),
        ('mass_work_participants', 'training_course', event.event_id, event.participants),
        ('skilful_models_kept', 'skilful_model_kept', event.event_id, 1),
        ('skilful_models_launched', 'skilful_model_launched', event.event_id, 1),
        ('listening_forums', 'listening_forum', event.event_id, 1),
        ('listening_forum_units', 'listening_forum', nullif(event.ward_key, 'unknown'), 1)
    ) as counted (indicator_key, event_kind, item_key, numerator)
        on counted.event_kind = event.event_kind and counted.item_key is not null
),

launched as (
    {{ launched_items('models_launched', ref('dim_model'), 'model_id', 'model_kind', 'model_register') }}
    union all
    {{ launched_items('model_points_added', 'point', 'point_id', 'model_kind', 'model_points', condition='not latest_state.is_origin') }}
    union all
    {{ launched_items('fire_safety_launched', ref('dim_fire_safety_point'), 'point_id', 'fire_safety_kind', 'fire_safety_register') }}
),

delivery as (
    select
        counted.indicator_key, export.feed || '@' || export.period_to, export.period_to, 'unknown',
        'total', counted.numerator, counted.denominator, 'deliveries', export.file_id, null::bigint
    from {{ ref('expected_export') }} as export
    cross join lateral (values
        ('exports_expected', 1, 0),
        ('exports_missing', (export.standing <> 'in_force')::int, 0),
        ('exports_late', coalesce(export.days_late > 0, false)::int, 0),
        ('exports_on_time_rate', coalesce(export.days_late = 0, false)::int, 1)
    ) as counted (indicator_key, numerator, denominator)
),

flow as (
    select * from tip where numerator <> 0 or denominator <> 0
    union all
    select * from extraction where numerator <> 0 or denominator <> 0
    union all
    select * from patrol where numerator <> 0 or denominator <> 0
    union all
    select * from activity
    union all
    select * from mass_work where numerator <> 0
    union all
    select * from launched
    union all
    select * from delivery where numerator <> 0 or denominator <> 0
),

stock as (
    select
        counted.indicator_key, model_id as item_key, in_force_from as first_day, in_force_to as last_day, ward_key,
        counted.breakdown_value, 1 as numerator, 0 as denominator, 'model_register' as feed, file_id, line_no
    from {{ ref('dim_model') }}
    cross join lateral (values ('models_active', model_kind), ('models_by_rating', rating)) as counted (indicator_key, breakdown_value)
    where in_force_from is not null
    union all
    select
        'models_by_vitality', model_id, as_of, as_of, ward_key,
        state, 1, 0, 'model_register', file_id, line_no
    from {{ ref('model_vitality') }}
    union all
    select
        counted.indicator_key, counted.item_key, in_force_from, in_force_to, ward_key,
        model_kind, 1, 0, 'model_points', file_id, line_no
    from point
    cross join lateral (values
        ('model_points', point_id),
        ('model_points_replicated', case when not is_origin then point_id end),
        ('units_covered', nullif(ward_key, 'unknown')),
        ('unit_coverage', nullif(ward_key, 'unknown'))
    ) as counted (indicator_key, item_key)
    where in_force_from is not null and counted.item_key is not null
    union all
    select
        'unit_coverage', ward_key, valid_from, valid_to, ward_key,
        breakdown_value, 0, 1, 'ward', null, null
    from {{ ref('dim_ward') }}
    inner join {{ ref('breakdown') }} on breakdown_dim = 'model_kind'
    where is_in_city
    union all
    select
        counted.indicator_key, camera_id, in_force_from, in_force_to, ward_key,
        counted.breakdown_value, counted.numerator, counted.denominator, 'camera_register', file_id, line_no
    from {{ ref('dim_camera') }}
    cross join lateral (values
        ('camera_eyes', status, 1, 0),
        ('camera_operating_rate', 'total', (status = 'operating')::int, 1)
    ) as counted (indicator_key, breakdown_value, numerator, denominator)
    where in_force_from is not null and in_model and status <> 'removed'
    union all
    select
        'fire_safety_points', point_id, in_force_from, in_force_to, ward_key,
        fire_safety_kind, 1, 0, 'fire_safety_register', file_id, line_no
    from {{ ref('dim_fire_safety_point') }}
    where in_force_from is not null
)

select
    indicator_key, item_key, 'flow' as measure, day as first_day, day as last_day, ward_key,
    breakdown_value, numerator::bigint as numerator, denominator::bigint as denominator, feed, file_id, line_no
from flow
union all
select
    indicator_key, item_key, 'stock', first_day, coalesce(last_day, 'infinity'), ward_key,
    breakdown_value, numerator, denominator, feed, file_id, line_no
from stock
