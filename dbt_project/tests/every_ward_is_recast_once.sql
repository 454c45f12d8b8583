-- A unit of today is recast to itself, every other unit to a unit of today or to split. Only the row unknown
-- is recast to unknown.
select ward_key, recast_ward_key, via
from {{ ref('ward_recast') }} as recast
where (ward_key = 'unknown') <> (recast_ward_key = 'unknown')
   or (ward_key <> 'unknown' and valid_to is null and recast_ward_key <> ward_key)
   or (recast_ward_key = 'split') <> (split_between is not null)
   or recast_ward_key not in (
        select today.ward_key from {{ ref('ward_recast') }} as today where today.valid_to is null
        union all
        select 'split'
    )

union all

select ward_key, 'not in ward_recast', null
from {{ ref('dim_ward') }}
where ward_key not in (select recast.ward_key from {{ ref('ward_recast') }} as recast)
