{{ config(
    unique_key='export_date',
    on_schema_change='append_new_columns',
    indexes=[{'columns': ['point_id', 'export_date'], 'unique': True}],
) }}

{{ snapshot_in_force('fire_safety_register') }}
