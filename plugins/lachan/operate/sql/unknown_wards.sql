select ward_spelling, row_count
from marts.ward_spelling_to_resolve
where not is_settled
order by row_count desc, ward_spelling
