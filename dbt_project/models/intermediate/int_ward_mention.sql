{{ config(unique_key=['feed', 'ward_spelling', 'day']) }}

{{ ward_mention('tips', ref('stg_tips'), day=local_date('received_at')) }}
union all
{{ ward_mention('camera_extractions', ref('stg_camera_extractions'), day=local_date('coalesce(completed_at, requested_at)')) }}
union all
{{ ward_mention('patrol_rosters', ref('stg_patrol_rosters'), day=local_date('planned_start')) }}
union all
{{ ward_mention('mass_work_events', ref('stg_mass_work_events'), day='held_on') }}
union all
{{ ward_mention('model_register', ref('stg_model_register'), day='export_date') }}
union all
{{ ward_mention('model_points', ref('stg_model_points'), day='export_date') }}
union all
{{ ward_mention('camera_register', ref('stg_camera_register'), day='export_date') }}
union all
{{ ward_mention('fire_safety_register', ref('stg_fire_safety_register'), day='export_date') }}
