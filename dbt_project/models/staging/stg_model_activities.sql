{{ config(unique_key='activity_id', scope=['delivery_scope', 'model_activities'], records_changes=true) }}

{{ latest_version('model_activities', key='activity_id') }}
