{{
    config(
        group='camera_extractions', unique_key='extraction_id', scope=['extraction_scope'], records_changes=true,
        indexes=[{'columns': ['completed_on'], 'type': 'brin'}]
    )
}}

with extraction as (
    select
        *,
        {{ local_date('requested_at') }} as requested_on,
        {{ local_date('completed_at') }} as completed_on,
        result = 'delivered' and completed_at is not null as is_delivered
    from {{ ref('stg_camera_extractions') }} as reported
    where {{ extraction_scope('reported') }}
),

-- Numbers the deliveries of the same segment of the same camera for the same request. Rows without the start or the end
-- of the footage are left out: they cannot be recognised as repeats, so all of them count.
delivery as (
    select
        extraction_id,
        row_number() over (
            partition by request_id, camera_id, footage_from, footage_to
            order by completed_at, extraction_id
        ) as ordinal
    from extraction
    where is_delivered and footage_from is not null and footage_to is not null
)

select
    extraction.extraction_id,

    -- when and where
    extraction.requested_on,
    extraction.completed_on,
    extraction.requested_at,
    extraction.completed_at,
    coalesce(ward.ward_key, 'unknown') as ward_key,
    extraction.ward as ward_spelling,

    -- what
    extraction.request_id,
    extraction.requesting_unit,
    extraction.camera_id,
    extraction.result,
    extraction.case_id,
    extraction.case_clarified_on,

    -- how it counts
    extraction.is_delivered,
    coalesce(delivery.ordinal, 1) > 1 as is_repeat,
    extraction.is_delivered and coalesce(delivery.ordinal, 1) = 1 as is_counted,

    -- where it came from
    extraction.file_id,
    extraction.line_no,
    extraction.acceptance_no,
    extraction.updated_at
from extraction
left join delivery on delivery.extraction_id = extraction.extraction_id
left join {{ ref('int_ward_spelling') }} as ward
    on {{ ward_on('ward', 'extraction.ward', 'coalesce(extraction.completed_on, extraction.requested_on)') }}
