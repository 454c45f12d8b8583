{{ config(group='mass_work_events', unique_key='event_id', scope=['item_scope', 'mass_work_events', 'event_id'], records_changes=true) }}

select
    event.event_id,

    -- when and where
    event.held_on,
    coalesce(ward.ward_key, 'unknown') as ward_key,
    event.ward as ward_spelling,

    -- what
    event.kind as event_kind,
    event.name as event_name,
    event.host,
    coalesce(event.participants, 0) as participants,

    -- where it came from
    event.file_id,
    event.line_no,
    event.acceptance_no,
    event.updated_at
from {{ ref('stg_mass_work_events') }} as event
left join {{ ref('int_ward_spelling') }} as ward on {{ ward_on('ward', 'event.ward', 'event.held_on') }}
where {{ item_scope('event', 'mass_work_events', 'event_id') }}
