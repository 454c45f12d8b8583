{{ config(unique_key='ward_key') }}

select
    code || '@' || valid_from as ward_key,
    code as ward_code,
    name as ward_name,
    full_name as ward_full_name,
    kind as ward_kind,
    coalesce(nullif(district_code, ''), '{{ var("city_district_code") }}') = '{{ var("city_district_code") }}' as is_in_city,
    valid_from,
    valid_to
from {{ ref('ward') }}

union all

select 'unknown', null, 'Không rõ', 'Không rõ phường, xã', null, false, null, null
