{{ config(unique_key='check_key') }}

with figure as (
    select figure.*, indicator.city_rule, indicator.is_ratio, indicator.breakdown_dim as split_by
    from {{ ref('figure') }} as figure
    inner join {{ ref('indicators') }} as indicator on indicator.indicator_key = figure.indicator_key
),

-- Left: the total. Right: the sum of its parts. Each cell on its own, so that errors cannot cancel out.
by_breakdown as (
    select
        sum(numerator) filter (where breakdown_dim = 'total') as whole,
        sum(numerator) filter (where breakdown_dim = split_by) as parts
    from figure
    where split_by <> 'total'
    group by indicator_key, window_key, ward_key
),

by_ward as (
    select
        sum(numerator) filter (where ward_key = 'city') as whole,
        sum(numerator) filter (where ward_key <> 'city') as parts
    from figure
    where city_rule = 'sum_of_wards'
    group by indicator_key, window_key, breakdown_dim, breakdown_value
),

over_time as (
    select
        sum(numerator) filter (where window_kind = 'year') as whole,
        sum(numerator) filter (where window_kind = 'month') as parts
    from figure
    where not is_ratio and window_basis = 'calendar'
    group by indicator_key, extract(year from window_starts_on), ward_key, breakdown_dim, breakdown_value
),

sums as (
    select 'breakdown_adds_up' as check_key, 'Totals = sum of their breakdown (channels sum to tips), every indicator, window and ward' as description, whole, parts from by_breakdown
    union all
    select 'wards_add_up', 'City = sum of wards and unknown, every window, where the catalogue says so', whole, parts from by_ward
    union all
    select 'months_add_up', 'Calendar year = sum of its months, every count', whole, parts from over_time
),

counts as (
    {{ reconcile_feed('tips', 'tip_id', ref('stg_tips'), ref('fct_tip')) }}
    union all
    {{ reconcile_feed('camera_extractions', 'extraction_id', ref('stg_camera_extractions'), ref('fct_camera_extraction')) }}
    union all
    {{ reconcile_feed('patrol_rosters', 'shift_id', ref('stg_patrol_rosters'), ref('fct_patrol_shift')) }}
    union all
    select
        'tips_figure', 'Tips in the fact = tips in the figures of the calendar years of the city',
        (select count(*) from {{ ref('fct_tip') }} where is_received),
        (
            select coalesce(sum(numerator), 0)::bigint from figure
            where indicator_key = 'tips_received' and breakdown_dim = 'total'
              and ward_key = 'city' and window_basis = 'calendar' and window_kind = 'year'
        )
    union all
    select
        'cases_figure', 'Distinct cases in the fact = cases in the figures of the calendar years of the city',
        (select count(distinct case_id) from {{ ref('fct_camera_case') }}),
        (
            select coalesce(sum(numerator), 0)::bigint from figure
            where indicator_key = 'camera_cases_clarified'
              and ward_key = 'city' and window_basis = 'calendar' and window_kind = 'year'
        )
    union all
    select
        'only_accepted', 'Files taken by staging that the gate has not accepted = 0',
        (
            select count(*)
            from {{ source('staging_ledger', 'taken_file') }} as taken
            left join {{ source('ops', 'export_file') }} as file
                on file.file_id = taken.file_id and file.gate = 'accepted'
            where file.file_id is null
        ), 0
    union all
    select
        'all_accepted', 'Files accepted before this build and not taken by staging = 0',
        (
            select count(*)
            from {{ source('ops', 'export_file') }} as file
            left join {{ source('staging_ledger', 'taken_file') }} as taken on taken.file_id = file.file_id
            where file.gate = 'accepted' and taken.file_id is null
              and file.gate_at < '{{ run_started_at }}'::timestamptz
              and file.feed in ('tips', 'camera_extractions', 'patrol_rosters')
        ), 0
)

select
    check_key,
    description,
    coalesce(sum(whole), 0) as left_value,
    coalesce(sum(parts), 0) as right_value,
    coalesce(sum(abs(coalesce(whole, 0) - coalesce(parts, 0))), 0) as difference
from sums
group by check_key, description

union all

select check_key, description, left_value::numeric, right_value::numeric, abs(left_value - right_value)::numeric
from counts
