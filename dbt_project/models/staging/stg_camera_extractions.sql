{{ config(
    unique_key='extraction_id',
    on_schema_change='append_new_columns',
    indexes=[{'columns': ['extraction_id'], 'unique': True}],
) }}

{{ latest_version('camera_extractions', key='extraction_id') }}
