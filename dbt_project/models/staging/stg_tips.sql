{{ config(
    unique_key='tip_id',
    on_schema_change='append_new_columns',
    indexes=[{'columns': ['tip_id'], 'unique': True}],
) }}

{{ latest_version('tips', key='tip_id') }}
