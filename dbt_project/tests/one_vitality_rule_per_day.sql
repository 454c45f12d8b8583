-- A cut-off day under two rules would count its models twice, one under none would lose them: mend vitality_rule.
select valid_from, valid_to, next_from
from (
    select valid_from, valid_to, lead(valid_from) over (order by valid_from) as next_from
    from {{ ref('vitality_rule') }}
) as rule
where valid_to is distinct from next_from - 1
