select publication_id, published_at, (select city_code from reference.city) as built_for
from reporting.publication
order by publication_id desc
limit 1
