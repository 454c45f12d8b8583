-- The items of a feed from which people were erased, by the column that is left out of their rows.
select column_name, array_agg(item_key) as item_keys
from ops.erased_item
where feed = {{ feed_name }}
group by column_name
