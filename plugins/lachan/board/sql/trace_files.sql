-- The files behind a figure, with the number of lines and what they add.
select
    traced.path,
    traced.file_id,
    traced.loaded_at,
    count(traced.item_key) as lines,
    sum(traced.numerator) as numerator
from reporting.trace({{ figure_id }}) as traced
group by traced.path, traced.file_id, traced.loaded_at
order by min(traced.counts_from), traced.path, traced.file_id
