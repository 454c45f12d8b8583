{{
    config(
        group='patrol_rosters', unique_key='shift_id', scope=['item_scope', 'patrol_rosters', 'shift_id'], records_changes=true,
        indexes=[{'columns': ['planned_on'], 'type': 'brin'}, {'columns': ['performed_on'], 'type': 'brin'}]
    )
}}

with shift as (
    select
        *,
        {{ item_day('patrol_rosters') }} as planned_on,
        status = 'performed' and actual_start is not null as is_performed
    from {{ ref('stg_patrol_rosters') }} as reported
    where {{ item_scope('reported', 'patrol_rosters', 'shift_id') }}
)

select
    shift.shift_id,

    -- when and where
    shift.planned_on,
    case when shift.is_performed then {{ local_date('shift.actual_start') }} end as performed_on,
    coalesce(ward.ward_key, 'unknown') as ward_key,
    shift.ward as ward_spelling,

    -- what
    shift.patrol_type,
    shift.status,

    -- how it counts: results entered for a shift that was not performed are not counted
    shift.is_performed,
    case when shift.is_performed then coalesce(cardinality(shift.members), 0) else 0 end as participations,
    case when shift.is_performed then coalesce(shift.conflicts_resolved, 0) else 0 end as conflicts_resolved,
    case when shift.is_performed then coalesce(shift.traffic_violations, 0) else 0 end as traffic_violations,
    case when shift.is_performed then coalesce(shift.drug_cases, 0) else 0 end as drug_cases,
    case when shift.is_performed then coalesce(shift.theft_cases, 0) else 0 end as theft_cases,

    -- where it came from
    shift.file_id,
    shift.line_no,
    shift.acceptance_no,
    shift.updated_at
from shift
left join {{ ref('int_ward_spelling') }} as ward on {{ ward_on('ward', 'shift.ward', 'shift.planned_on') }}
