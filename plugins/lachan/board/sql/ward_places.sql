-- The rank of a ward among the wards by each indicator's total in a window, the largest value first, and the city's value.
with placed as (
    select
        indicator_key,
        ward_key,
        value is not null as has_value,
        rank() over (partition by indicator_key, ward_code is not null order by value desc nulls last) as place,
        count(*) over (partition by indicator_key, ward_code is not null) as wards,
        max(value) filter (where ward_key = 'city') over (partition by indicator_key) as city_value
    from reporting.figure
    where window_key = {{ window }} and ward_basis = 'as_was' and breakdown_dim = 'total'
)

select
    indicator_key,
    place,
    wards,
    city_value
from placed
where ward_key = {{ ward }} and has_value
