{{ config(unique_key='shift_id', scope=['delivery_scope', 'patrol_rosters'], records_changes=true) }}

{{ latest_version('patrol_rosters', key='shift_id') }}
