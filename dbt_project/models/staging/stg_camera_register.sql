{{ config(materialized='stable_view') }}

{{ snapshot_in_force('camera_register') }}
