{{ config(unique_key='event_id', scope=['delivery_scope', 'mass_work_events'], records_changes=true) }}

{{ latest_version('mass_work_events', key='event_id') }}
