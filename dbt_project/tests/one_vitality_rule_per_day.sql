-- The periods of vitality_rule must follow one another without gaps and overlaps: the models of a cut-off day with two
-- rules would count twice, those of a day without a rule would be missing. Correct the seed vitality_rule.
select valid_from, valid_to, next_from
from (
    select valid_from, valid_to, lead(valid_from) over (order by valid_from) as next_from
    from {{ ref('vitality_rule') }}
) as rule
where valid_to is distinct from next_from - 1
