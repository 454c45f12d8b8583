-- The lines of a figure: one part of them, or all. Each row repeats the totals over all lines.
with part_label as (
    select breakdown_value, breakdown_label_vi
    from reporting.figure_part
    where indicator_key = {{ indicator }}
),

ward_label as (
    select ward_key, ward_name from reporting.figure_area
)

select
    traced.item_key as item,
    traced.counts_from,
    traced.counts_to::text as counts_to,
    coalesce(ward_label.ward_name, traced.ward_key) as ward,
    coalesce(part_label.breakdown_label_vi, traced.breakdown_value) as part,
    traced.numerator,
    traced.denominator,
    traced.path,
    traced.line_no,
    count(*) over () as total_lines,
    sum(traced.numerator) over () as total_numerator,
    sum(traced.denominator) over () as total_denominator
from reporting.trace({{ figure_id }}) as traced
left join ward_label on ward_label.ward_key = traced.ward_key
left join part_label on part_label.breakdown_value = traced.breakdown_value
order by traced.counts_from, traced.item_key, traced.file_id, traced.line_no
{% if limit is not none %}
limit {{ limit }} offset {{ skip }}
{% endif %}
