insert into ops.pseudonym_link (feed, column_name, pseudonym, earlier_pseudonym)
select {{ feed_name }}, link.column_name, link.pseudonym, link.earlier_pseudonym
from unnest({{ column_names }}::text[], {{ pseudonyms }}::text[], {{ earlier }}::text[])
    as link (column_name, pseudonym, earlier_pseudonym)
on conflict do nothing
