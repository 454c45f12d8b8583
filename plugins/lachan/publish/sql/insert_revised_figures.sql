{% set names = figure.unrevised_columns | map(attribute="name") | list %}
{% set numbers = figure.revised_columns | map(attribute="name") | list %}
insert into reporting.figure ({{ names | identifiers }}, {{ numbers | identifiers }}, revision_no, published_at)
select {{ names | identifiers }}, {{ numbers | identifiers(prefix="new_") }}, revision_no, {{ at }}
from revised
where change <> 'withdrawn'
