{{
    config(
        unique_key='tip_id', scope=['delivery_scope', 'tips'], records_changes=true,
        indexes=[{'columns': ['received_at'], 'type': 'brin'}]
    )
}}

{{ latest_version('tips', key='tip_id') }}
