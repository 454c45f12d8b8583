{{ config(materialized='stable_view') }}

{{ snapshot_in_force('fire_safety_register') }}
