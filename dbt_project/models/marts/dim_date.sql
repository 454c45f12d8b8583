{{ config(unique_key='day') }}

with years as (
    select generate_series(min(extract(year from first_day))::integer - 1, max(extract(year from last_day))::integer + 1) as year
    from {{ ref('int_feed_span') }}
),

days as (
    select generate_series(make_date(year, 1, 1), make_date(year, 12, 31), interval '1 day')::date as day
    from years
)

select
    days.day,
    extract(year from days.day)::integer as year,
    extract(quarter from days.day)::integer as quarter,
    extract(month from days.day)::integer as month,
    extract(isoyear from days.day)::integer as iso_year,
    extract(week from days.day)::integer as iso_week,
    extract(isodow from days.day)::integer as iso_weekday,
    extract(isodow from days.day) >= 6 as is_weekend,
    holiday.day is not null as is_holiday,
    coalesce(holiday.is_tet, false) as is_tet,
    holiday.name_vi as holiday_name_vi
from days
left join {{ ref('holiday') }} as holiday on holiday.day = days.day
