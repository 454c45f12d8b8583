-- noqa: disable=RF01,RF03,CV03
-- Included where `held` is a row of a table: each pseudonym in it, with its column.
    select of_column.column_name, each.pseudonym
    from (
        values
{% for column in columns %}
        ({{ column.name }}, {% if column.is_list %}held.{{ column.name | identifier }}{% else %}array[held.{{ column.name | identifier }}]{% endif %}){% if not loop.last %},{% endif %}

{% endfor %}
    ) as of_column (column_name, pseudonyms)
    cross join lateral unnest(of_column.pseudonyms) as each (pseudonym)
