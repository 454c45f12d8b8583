{{ config(unique_key='extraction_id', scope=['delivery_scope', 'camera_extractions'], records_changes=true) }}

{{ latest_version('camera_extractions', key='extraction_id') }}
