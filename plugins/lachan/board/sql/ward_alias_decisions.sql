-- The decisions about spellings of wards, the newest first.
select
    decided_at,
    alias_name,
    coalesce(current_name || ' (' || current_code || ')', 'không phải đơn vị nào') as unit,
    decided_by,
    why
from ops.ward_alias_decision
order by decision_no desc
limit 500
