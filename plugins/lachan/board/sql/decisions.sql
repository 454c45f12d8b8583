-- The decisions of people, the newest first; of one file where one is given.
select
    decided_at,
    decision,
    file_id,
    decided_by,
    why
from ops.decision
{% if of_file is not none %}
where file_id = {{ of_file }}
{% endif %}
order by decision_id desc
limit 200
