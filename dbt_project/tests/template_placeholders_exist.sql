-- Every placeholder of a report sentence must be window, as_of, coverage, or an indicator of the catalogue with a value of
-- its breakdown.
with placeholder as (
    select
        template.sentence_key,
        found.match[1] as indicator_key,
        coalesce(found.match[2], 'total') as breakdown_value
    from {{ ref('report_template') }} as template
    cross join lateral regexp_matches(template.template_vi, '\{([a-z_]+)(?:/([a-z_]+))?(?::change)?\}', 'g') as found (match)
)

select placeholder.*
from placeholder
left join {{ ref('indicators') }} as indicator on indicator.indicator_key = placeholder.indicator_key
left join {{ ref('breakdown') }} as breakdown
    on breakdown.breakdown_value = placeholder.breakdown_value
    and breakdown.breakdown_dim in ('total', indicator.breakdown_dim)
where placeholder.indicator_key not in ('window', 'as_of', 'coverage') and breakdown.breakdown_value is null
