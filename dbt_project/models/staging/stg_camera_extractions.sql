{{
    config(
        unique_key='extraction_id', scope=['delivery_scope', 'camera_extractions'], records_changes=true,
        indexes=[{'columns': ['completed_at'], 'type': 'brin'}, {'columns': ['requested_at'], 'type': 'brin'}]
    )
}}

{{ latest_version('camera_extractions', key='extraction_id') }}
