{{ config(unique_key=['export_date', 'model_id'], scope=['delivery_scope', 'model_register'], records_changes=true) }}

{{ snapshot_in_force('model_register') }}
