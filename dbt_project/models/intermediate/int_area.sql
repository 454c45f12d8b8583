{{ config(unique_key=['ward_basis', 'ward_key']) }}

-- Days on which a unit took in other units and kept its key. Figures from before and after such a day are not comparable.
with enlarged as (
    select unit.ward_key, array_agg(distinct succession.effective_date) as days
    from {{ ref('ward_succession') }} as succession
    inner join {{ ref('dim_ward') }} as unit
        on unit.ward_code = succession.new_code
        and succession.effective_date between unit.valid_from and coalesce(unit.valid_to, 'infinity')
    where succession.old_code <> succession.new_code
    group by unit.ward_key
),

-- A unit of today may include parts that joined the city later. Its figures are complete only from that day on.
completed as (
    select recast_ward_key, array_agg(distinct valid_to + 1) as days
    from {{ ref('ward_recast') }}
    where not is_in_city and valid_to is not null
    group by recast_ward_key
)

select
    'as_was' as ward_basis, 'city' as ward_key, null as ward_code, 'Toàn thành phố' as ward_name,
    '-infinity'::date as valid_from, 'infinity'::date as valid_to, true as is_shown,
    '{}'::date[] as changed_on
union all
select
    'as_was', unit.ward_key, unit.ward_code, unit.ward_name,
    coalesce(unit.valid_from, '-infinity'), coalesce(unit.valid_to, 'infinity'), unit.is_in_city or unit.ward_key = 'unknown',
    coalesce(enlarged.days, '{}')
from {{ ref('dim_ward') }} as unit
left join enlarged on enlarged.ward_key = unit.ward_key
union all
select distinct
    'recast', recast.recast_ward_key, today.ward_code, recast.recast_ward_name,
    '-infinity'::date, 'infinity'::date, true,
    coalesce(completed.days, '{}')
from {{ ref('ward_recast') }} as recast
left join {{ ref('dim_ward') }} as today on today.ward_key = recast.recast_ward_key
left join completed on completed.recast_ward_key = recast.recast_ward_key and recast.recast_ward_key not in ('split', 'unknown')
