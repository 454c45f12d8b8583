{# A fact has as many rows as the staging model that it is made of: a join has neither lost nor doubled one. #}
{% test same_rows_as(model, other) %}
select rows_here, rows_there
from (select count(*) as rows_here from {{ model }}) as here
cross join (select count(*) as rows_there from {{ other }}) as there
where rows_here <> rows_there
{% endtest %}
