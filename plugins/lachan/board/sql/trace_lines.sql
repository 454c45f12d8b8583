-- The lines of a figure: one part of them, or all. Each row repeats the totals over all lines.
select
    traced.item_key as item,
    traced.counts_from,
    traced.counts_to::text as counts_to,
    traced.ward_key,
    traced.breakdown_value,
    traced.numerator,
    traced.denominator,
    traced.path,
    traced.line_no,
    count(*) over () as total_lines,
    sum(traced.numerator) over () as total_numerator,
    sum(traced.denominator) over () as total_denominator
from reporting.trace({{ figure_id }}) as traced
{% if limit is not none %}
limit {{ limit }} offset {{ skip }}
{% endif %}
