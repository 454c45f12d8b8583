{{ config(
    unique_key='export_date',
    on_schema_change='append_new_columns',
    indexes=[{'columns': ['model_id', 'export_date'], 'unique': True}],
) }}

{{ snapshot_in_force('model_register') }}
