-- A spelling that means no ward, or about which a person has decided before.
select ward_spelling
from reporting.ward_spellings_to_settle()
where ward_spelling = {{ spelling }}
union all
select alias_name
from ops.ward_alias_decision
where alias_name = {{ spelling }}
limit 1
