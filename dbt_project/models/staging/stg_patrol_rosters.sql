{{
    config(
        unique_key='shift_id', scope=['delivery_scope', 'patrol_rosters'], records_changes=true,
        indexes=[{'columns': ['planned_start'], 'type': 'brin'}]
    )
}}

{{ latest_version('patrol_rosters', key='shift_id') }}
