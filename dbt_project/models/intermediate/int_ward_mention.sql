{{ config(unique_key=['feed', 'ward_spelling', 'day']) }}

{{ ward_mention('tips', ref('stg_tips'), day=local_date('received_at')) }}
union all
{{ ward_mention('camera_extractions', ref('stg_camera_extractions'), day=local_date('coalesce(completed_at, requested_at)')) }}
union all
{{ ward_mention('patrol_rosters', ref('stg_patrol_rosters'), day=local_date('planned_start')) }}
