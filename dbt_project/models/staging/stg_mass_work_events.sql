{{ config(
    unique_key='event_id',
    on_schema_change='append_new_columns',
    indexes=[{'columns': ['event_id'], 'unique': True}],
) }}

{{ latest_version('mass_work_events', key='event_id') }}
