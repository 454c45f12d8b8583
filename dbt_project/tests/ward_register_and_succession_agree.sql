-- Every unit that ended must have a successor. Every step must start on the day after a unit ends and lead to a unit in
-- force on that day. Correct the seeds ward and ward_succession according to the resolution in their rows.
with unit as (
    select * from {{ ref('dim_ward') }} where ward_key <> 'unknown'
)

select unit.ward_key, unit.ward_full_name, 'ended without a successor in ward_succession' as problem
from unit
left join {{ ref('ward_succession') }} as succession
    on succession.old_code = unit.ward_code and succession.effective_date = unit.valid_to + 1
where unit.valid_to is not null and succession.old_code is null

union all

select succession.new_code || '@' || succession.effective_date, succession.new_name, 'successor is not in force in ward on its effective_date'
from {{ ref('ward_succession') }} as succession
left join unit
    on unit.ward_code = succession.new_code
    and unit.ward_full_name = succession.new_name
    and succession.effective_date between unit.valid_from and coalesce(unit.valid_to, 'infinity')
where unit.ward_key is null

union all

select unit.ward_key, unit.ward_full_name, 'ward does not end this unit on the day before effective_date, or has another name for it'
from {{ ref('ward_succession') }} as succession
inner join unit
    on unit.ward_code = succession.old_code
    and succession.effective_date - 1 between unit.valid_from and coalesce(unit.valid_to, 'infinity')
where unit.valid_to is distinct from succession.effective_date - 1
   or unit.ward_full_name <> succession.old_name

union all

select one.ward_key, one.ward_full_name, 'two units with the same code are in force on one day'
from unit as one
inner join unit as other
    on other.ward_code = one.ward_code
    and other.ward_key <> one.ward_key
    and one.valid_from between other.valid_from and coalesce(other.valid_to, 'infinity')
