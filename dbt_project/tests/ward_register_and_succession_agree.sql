-- Every unit that ended went somewhere; every step starts where a unit ends and leads to one in force on that day.
-- Mend the seeds ward and ward_succession by the resolution that is named in the row.
with unit as (
    select * from {{ ref('dim_ward') }} where ward_key <> 'unknown'
)

select unit.ward_key, unit.ward_full_name, 'ended without a successor in ward_succession' as problem
from unit
left join {{ ref('ward_succession') }} as succession
    on succession.old_code = unit.ward_code and succession.effective_date = unit.valid_to + 1
where unit.valid_to is not null and succession.old_code is null

union all

select succession.new_code || '@' || succession.effective_date, succession.new_name, 'successor not in force on its day in ward'
from {{ ref('ward_succession') }} as succession
left join unit
    on unit.ward_code = succession.new_code
    and unit.ward_full_name = succession.new_name
    and succession.effective_date between unit.valid_from and coalesce(unit.valid_to, 'infinity')
where unit.ward_key is null

union all

select unit.ward_key, unit.ward_full_name, 'gave way on a day on which ward does not end it, or has another name'
from {{ ref('ward_succession') }} as succession
inner join unit
    on unit.ward_code = succession.old_code
    and succession.effective_date - 1 between unit.valid_from and coalesce(unit.valid_to, 'infinity')
where unit.valid_to is distinct from succession.effective_date - 1
   or unit.ward_full_name <> succession.old_name

union all

select one.ward_key, one.ward_full_name, 'code in force twice on one day'
from unit as one
inner join unit as other
    on other.ward_code = one.ward_code
    and other.ward_key <> one.ward_key
    and one.valid_from between other.valid_from and coalesce(other.valid_to, 'infinity')
