{{ config(unique_key='ward_key') }}

with successor as (
    select
        old_code,
        effective_date,
        string_agg(
            case when partial then 'một phần ' else '' end || new_name || ' (' || new_code || ')',
            '; ' order by new_code
        ) as names
    from {{ ref('ward_succession') }}
    group by old_code, effective_date
)

select
    code || '@' || valid_from as ward_key,
    code as ward_code,
    name as ward_name,
    full_name as ward_full_name,
    kind as ward_kind,
    coalesce(nullif(ward.district_code, ''), city.city_code) = city.city_code as is_in_city,
    register as register_state,
    valid_from_basis,
    ends_because as ended_because,
    successor.names as succeeded_by,
    valid_from,
    valid_to
from {{ ref('ward') }} as ward
cross join {{ ref('city') }} as city
left join successor on successor.old_code = ward.code and successor.effective_date = ward.valid_to + 1

union all

select 'unknown', null, 'Không rõ', 'Không rõ phường, xã', null, false, null, null, null, null, null, null
