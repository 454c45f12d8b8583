-- The last publication; up to an instant where one is given.
select
    publication_id,
    published_at
from reporting.publication
{% if at is not none %}
where published_at <= {{ at }}
{% endif %}
order by publication_id desc
limit 1
