{{ config(unique_key=['indicator_key', 'day', 'ward_key', 'breakdown_value']) }}

with tip as (
    select
        received_on as day, ward_key, channel,
        count(*) filter (where is_received) as received,
        count(*) filter (where is_received and verdict = 'pending') as pending,
        count(*) filter (where is_received and verdict = 'valuable') as valuable,
        count(*) filter (where is_env_worker_tip) as env_worker,
        count(*) filter (where is_env_worker_tip and is_converted) as env_worker_converted
    from {{ ref('fct_tip') }}
    group by received_on, ward_key, channel
),

extraction as (
    select completed_on as day, ward_key, count(*) as extractions
    from {{ ref('fct_camera_extraction') }}
    where is_counted
    group by completed_on, ward_key
),

request as (
    select request_id, min(requested_on) as day
    from {{ ref('fct_camera_extraction') }}
    group by request_id
),

request_ward as (
    select distinct request.day, extraction.ward_key, extraction.request_id
    from {{ ref('fct_camera_extraction') }} as extraction
    inner join request on request.request_id = extraction.request_id
),

planned as (
    select planned_on as day, ward_key, patrol_type, count(*) as patrols
    from {{ ref('fct_patrol_shift') }}
    group by planned_on, ward_key, patrol_type
),

performed as (
    select
        performed_on as day, ward_key, patrol_type,
        count(*) as patrols,
        sum(participations) as participations,
        sum(conflicts_resolved) as conflicts,
        sum(traffic_violations) as traffic,
        sum(drug_cases) as drugs,
        sum(theft_cases) as theft
    from {{ ref('fct_patrol_shift') }}
    where is_performed
    group by performed_on, ward_key, patrol_type
),

-- One select per indicator. Where the catalogue says counted_apart, the select gives the city's rows too.
measure (indicator_key, day, ward_key, breakdown_value, numerator, denominator) as (
    select 'tips_received', day, ward_key, channel, received, 0 from tip
    union all
    select 'tips_pending', day, ward_key, channel, pending, 0 from tip
    union all
    select 'tips_valuable', day, ward_key, channel, valuable, 0 from tip
    union all
    select 'tips_valuable_rate', day, ward_key, channel, valuable, received - pending from tip
    union all
    select 'env_worker_tips', day, ward_key, 'total', env_worker, 0 from tip
    union all
    select 'env_worker_tips_converted', day, ward_key, 'total', env_worker_converted, 0 from tip
    union all
    select 'env_worker_tips_converted_rate', day, ward_key, 'total', env_worker_converted, env_worker from tip
    union all
    select 'camera_extractions', day, ward_key, 'total', extractions, 0 from extraction
    union all
    select 'camera_extraction_requests', day, ward_key, 'total', count(*), 0 from request_ward group by day, ward_key
    union all
    select 'camera_extraction_requests', day, 'city', 'total', count(*), 0 from request group by day
    union all
    select 'camera_cases_clarified', clarified_on, ward_key, 'total', count(*), 0
    from {{ ref('fct_camera_case') }} group by clarified_on, ward_key
    union all
    select 'camera_cases_clarified', clarified_on, 'city', 'total', count(distinct case_id), 0
    from {{ ref('fct_camera_case') }} group by clarified_on
    union all
    select 'patrols_planned', day, ward_key, patrol_type, patrols, 0 from planned
    union all
    select 'patrols_performed', day, ward_key, patrol_type, patrols, 0 from performed
    union all
    select 'patrol_participations', day, ward_key, patrol_type, participations, 0 from performed
    union all
    select 'patrol_conflicts_resolved', day, ward_key, patrol_type, conflicts, 0 from performed
    union all
    select 'armed_patrol_findings', day, ward_key, 'traffic', traffic, 0 from performed where patrol_type = 'armed'
    union all
    select 'armed_patrol_findings', day, ward_key, 'drugs', drugs, 0 from performed where patrol_type = 'armed'
    union all
    select 'armed_patrol_findings', day, ward_key, 'theft', theft, 0 from performed where patrol_type = 'armed'
),

with_total as (
    select * from measure
    union all
    select measure.indicator_key, day, ward_key, 'total', measure.numerator, measure.denominator
    from measure
    inner join {{ ref('indicators') }} as indicator on indicator.indicator_key = measure.indicator_key
    where indicator.breakdown_dim <> 'total'
),

with_city as (
    select * from with_total
    union all
    select with_total.indicator_key, day, 'city', breakdown_value, with_total.numerator, with_total.denominator
    from with_total
    inner join {{ ref('indicators') }} as indicator on indicator.indicator_key = with_total.indicator_key
    where indicator.city_rule = 'sum_of_wards'
)

select
    indicator_key, day, ward_key, breakdown_value,
    sum(numerator)::bigint as numerator,
    sum(denominator)::bigint as denominator
from with_city
group by indicator_key, day, ward_key, breakdown_value
having sum(numerator) <> 0 or sum(denominator) <> 0
