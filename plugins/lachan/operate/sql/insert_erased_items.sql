insert into ops.erased_item (feed, item_key, column_name)
select distinct feed, item_key, column_name from erased_now
on conflict do nothing
