{{
    config(
        group='tips', unique_key='tip_id', scope=['item_scope', 'tips', 'tip_id'], records_changes=true,
        indexes=[{'columns': ['received_on'], 'type': 'brin'}]
    )
}}

with tip as (
    select
        *,
        {{ item_day('tips') }} as received_on,
        verdict not in ('test', 'duplicate_of') as is_counted
    from {{ ref('stg_tips') }} as reported
    where {{ item_scope('reported', 'tips', 'tip_id') }}
)

select
    tip.tip_id,

    -- when and where
    tip.received_on,
    coalesce(ward.ward_key, 'unknown') as ward_key,
    tip.ward as ward_spelling,

    -- what
    tip.channel,
    tip.reporter_group,
    tip.verdict,
    {{ local_date('tip.verdict_at') }} as verdict_on,
    tip.converted_on,
    tip.case_id,

    -- how it counts
    tip.is_counted and tip.reporter_group <> 'env_worker' as is_received,
    tip.is_counted and tip.reporter_group = 'env_worker' as is_env_worker_tip,
    tip.converted_on is not null as is_converted,

    -- where it came from
    tip.file_id,
    tip.line_no,
    tip.acceptance_no,
    tip.updated_at
from tip
left join {{ ref('int_ward_spelling') }} as ward on {{ ward_on('ward', 'tip.ward', 'tip.received_on') }}
