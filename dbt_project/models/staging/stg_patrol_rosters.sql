{{ config(
    unique_key='shift_id',
    on_schema_change='append_new_columns',
    indexes=[{'columns': ['shift_id'], 'unique': True}],
) }}

{{ latest_version('patrol_rosters', key='shift_id') }}
