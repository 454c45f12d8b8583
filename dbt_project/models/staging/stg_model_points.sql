{{ config(unique_key=['export_date', 'point_id'], scope=['delivery_scope', 'model_points'], records_changes=true) }}

{{ snapshot_in_force('model_points') }}
