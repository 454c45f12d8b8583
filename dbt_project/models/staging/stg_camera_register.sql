{{ config(
    unique_key='export_date',
    on_schema_change='append_new_columns',
    indexes=[{'columns': ['camera_id', 'export_date'], 'unique': True}],
) }}

{{ snapshot_in_force('camera_register') }}
