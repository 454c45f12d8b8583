{{ config(group='models', unique_key=['ward_key', 'as_of'], scope=['vitality_scope']) }}

select
    ward_key,
    as_of,
    {{ vitality_counts() }}
from {{ ref('model_vitality') }} as vitality
where {{ vitality_scope('vitality') }}
group by ward_key, as_of
