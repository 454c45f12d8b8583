{{ config(unique_key=['export_date', 'point_id'], scope=['delivery_scope', 'fire_safety_register'], records_changes=true) }}

{{ snapshot_in_force('fire_safety_register') }}
