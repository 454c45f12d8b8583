{{ config(materialized='stable_view') }}

{{ snapshot_in_force('model_points') }}
