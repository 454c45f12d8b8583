-- Pseudonyms, and those of other keys that loads have found to be of the same people.
with recursive known (pseudonym) as (
    select unnest({{ pseudonyms }}::text[])
    union
    select case when link.pseudonym = known.pseudonym then link.earlier_pseudonym else link.pseudonym end
    from known
    inner join ops.pseudonym_link as link on known.pseudonym in (link.pseudonym, link.earlier_pseudonym)
)

select pseudonym from known order by pseudonym
