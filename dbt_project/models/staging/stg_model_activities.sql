{{ config(
    unique_key='activity_id',
    on_schema_change='append_new_columns',
    indexes=[{'columns': ['activity_id'], 'unique': True}],
) }}

{{ latest_version('model_activities', key='activity_id') }}
