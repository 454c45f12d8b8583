-- Ends an overlap: what the pseudonyms of an earlier key have in common with later ones is forgotten.
with ended as (
    update ops.pseudonym_key
    set ended_at = clock_timestamp(), ended_by = {{ by }}, ended_why = {{ why }}
    where number = {{ number }} and ended_at is null
    returning number
)

delete from ops.pseudonym_link
where exists (select from ended) and starts_with(earlier_pseudonym, {{ prefix }})
