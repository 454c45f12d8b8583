{{ config(tags=['daily']) }}

-- The rows of a spelling that means two wards on one day would count twice. Correct the seed ward_alias.
select one.ward_spelling, one.ward_key, other.ward_key as other_ward_key
from {{ ref('int_ward_spelling') }} as one
inner join {{ ref('int_ward_spelling') }} as other
    on other.ward_spelling = one.ward_spelling
    and other.ward_key <> one.ward_key
    and other.valid_from <= coalesce(one.valid_to, 'infinity')
    and one.valid_from <= coalesce(other.valid_to, 'infinity')
