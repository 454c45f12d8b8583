delete from ops.pseudonym_link
where pseudonym = any({{ pseudonyms }}::text[]) or earlier_pseudonym = any({{ pseudonyms }}::text[])
