{# A fact must have as many rows as its staging model, so that no join has dropped or duplicated rows. #}
{% test same_rows_as(model, other) %}
select model_rows, other_rows
from (select count(*) as model_rows from {{ model }}) as model_count
cross join (select count(*) as other_rows from {{ other }}) as other_count
where model_rows <> other_rows
{% endtest %}
