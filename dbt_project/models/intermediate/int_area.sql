{{ config(unique_key=['ward_basis', 'ward_key']) }}

select
    'as_was' as ward_basis, 'city' as ward_key, null as ward_code, 'Toàn thành phố' as ward_name,
    '-infinity'::date as valid_from, 'infinity'::date as valid_to, true as is_shown
union all
select
    'as_was', ward_key, ward_code, ward_name,
    coalesce(valid_from, '-infinity'), coalesce(valid_to, 'infinity'), is_in_city or ward_key = 'unknown'
from {{ ref('dim_ward') }}
union all
select distinct
    'recast', recast.recast_ward_key, today.ward_code, recast.recast_ward_name,
    '-infinity'::date, 'infinity'::date, true
from {{ ref('ward_recast') }} as recast
left join {{ ref('dim_ward') }} as today on today.ward_key = recast.recast_ward_key
