{{ config(group='models', unique_key=['host', 'as_of']) }}

select
    coalesce(host, 'Không rõ') as host,
    as_of,
    {{ vitality_counts() }}
from {{ ref('model_vitality') }}
group by coalesce(host, 'Không rõ'), as_of
