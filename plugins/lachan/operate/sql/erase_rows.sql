-- All rows of the items, in every state that was delivered. Of a list only the person goes.
update {{ table_schema | identifier }}.{{ table_name | identifier }} as held
set
{% for column in columns %}
    {{ column.name | identifier }} = case
        when held.{{ column.name | identifier }} is null or {{ column.name }} <> all(gone.column_names) then held.{{ column.name | identifier }}
{% if column.is_list %}
        else array(
            select case when each.member = any({{ pseudonyms }}::text[]) then {{ erased }} else each.member end
            from unnest(held.{{ column.name | identifier }}) with ordinality as each (member, place)
            order by each.place
        )
{% else %}
        else {{ column.instead }}
{% endif %}
    end{% if not loop.last %},{% endif %}

{% endfor %}
from (
    select item_key, array_agg(distinct column_name) as column_names
    from erased_now
    where feed = {{ feed_name }}
    group by item_key
) as gone
where held.{{ key_column | identifier }} = gone.item_key
