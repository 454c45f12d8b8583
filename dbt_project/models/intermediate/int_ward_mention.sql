{{ config(unique_key=['feed', 'day', 'ward_spelling'], scope=['mention_scope']) }}

{{ ward_mention('tips', ref('stg_tips')) }}
union all
{{ ward_mention('camera_extractions', ref('stg_camera_extractions')) }}
union all
{{ ward_mention('patrol_rosters', ref('stg_patrol_rosters')) }}
union all
{{ ward_mention('mass_work_events', ref('stg_mass_work_events')) }}
union all
{{ ward_mention('model_register', ref('stg_model_register')) }}
union all
{{ ward_mention('model_points', ref('stg_model_points')) }}
union all
{{ ward_mention('camera_register', ref('stg_camera_register')) }}
union all
{{ ward_mention('fire_safety_register', ref('stg_fire_safety_register')) }}
