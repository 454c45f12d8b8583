{{ config(group='camera_extractions', unique_key=['case_id', 'ward_key'], scope=['case_scope'], records_changes=true) }}

with clarified as (
    select case_id, min(case_clarified_on) as clarified_on
    from {{ ref('fct_camera_extraction') }} as extraction
    where {{ case_scope('extraction') }} and case_id is not null and case_clarified_on is not null
    group by case_id
)

select
    clarified.case_id,
    extraction.ward_key,
    clarified.clarified_on,
    count(*)::integer as extractions_delivered
from clarified
inner join {{ ref('fct_camera_extraction') }} as extraction
    on extraction.case_id = clarified.case_id
    and extraction.is_delivered
    and extraction.completed_on <= clarified.clarified_on
group by clarified.case_id, extraction.ward_key, clarified.clarified_on
