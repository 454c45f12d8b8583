{{ config(unique_key='feed', records_changes=true) }}

-- Days without exports are unknown, not zero. The figures of a feed therefore begin with its first day by its contract
-- (startsOn) or else with its first export, for a register with that month, and end with the latest export of any feed.
-- Events never move these days: a wrong year in one row would stretch the calendar of all figures.
with exported as (
    select feed, min(export_date) as first_export, max(export_date) as last_export
    from {{ source('ops', 'delivery_in_force') }}
    group by feed
),

declared (feed, is_register, starts_on) as (
    values
    {%- for feed, declared in feeds().items() %}
    ('{{ feed }}', {{ declared.delivery == 'snapshot' }}, {{ "'" ~ declared.starts_on ~ "'" if declared.starts_on else 'null' }}::date)
    {{- ',' if not loop.last }}
    {%- endfor %}
),

feed_day as (
    select
        declared.feed,
        coalesce(declared.starts_on, exported.first_export) as expected_from,
        declared.is_register,
        max(exported.last_export) over () as last_day
    from declared
    left join exported on exported.feed = declared.feed
)

select
    feed,
    case when is_register then date_trunc('month', expected_from)::date else expected_from end as first_day,
    expected_from,
    last_day
from feed_day
where expected_from <= last_day

union all

-- the deliveries themselves, which indicators count as well
select 'deliveries', min(expected_from), min(expected_from), max(last_day)
from feed_day
where expected_from <= last_day
having count(*) > 0
