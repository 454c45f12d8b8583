-- The items with rows of a person, each with the columns that have to go.
create temporary table erased_now (feed text, item_key text, column_name text) on commit drop
