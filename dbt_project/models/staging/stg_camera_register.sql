{{ config(unique_key=['export_date', 'camera_id'], scope=['delivery_scope', 'camera_register'], records_changes=true) }}

{{ snapshot_in_force('camera_register') }}
