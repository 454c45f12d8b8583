{{ config(group='models', unique_key=['ward_key', 'as_of']) }}

select
    ward_key,
    as_of,
    {{ vitality_counts() }}
from {{ ref('model_vitality') }}
group by ward_key, as_of
