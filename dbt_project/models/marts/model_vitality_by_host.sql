{{ config(group='models', unique_key=['host', 'as_of'], scope=['vitality_scope']) }}

select
    coalesce(host, 'Không rõ') as host,
    as_of,
    {{ vitality_counts() }}
from {{ ref('model_vitality') }} as vitality
where {{ vitality_scope('vitality') }}
group by coalesce(host, 'Không rõ'), as_of
