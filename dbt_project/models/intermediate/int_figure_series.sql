{{
    config(
        unique_key='series_id',
        indexes=[{'columns': ['indicator_key', 'ward_basis', 'ward_key', 'breakdown_value'], 'unique': true}],
    )
}}

-- A series keeps its number, so that counts that a build does not compute stay those of their series. New series get the next
-- numbers, in the order of their keys. The index is for counts: the planner does not know how many a build has just computed,
-- and may look the number of each up.
with series as (
    select indicator.indicator_key, area.ward_basis, area.ward_key, breakdown.breakdown_value, indicator.feed
    from {{ ref('indicators') }} as indicator
    cross join {{ ref('int_area') }} as area
    inner join {{ ref('breakdown') }} as breakdown on breakdown.breakdown_dim in ('total', indicator.breakdown_dim)
),

{% if load_cached_relation(this) -%}
numbered as (
    select series_id, indicator_key, ward_basis, ward_key, breakdown_value from {{ this }}
),
{%- else -%}
numbered as (
    select 0 as series_id, '' as indicator_key, '' as ward_basis, '' as ward_key, '' as breakdown_value limit 0
),
{%- endif %}

added as (
    select indicator_key, ward_basis, ward_key, breakdown_value from series
    except
    select indicator_key, ward_basis, ward_key, breakdown_value from numbered
),

numbered_or_added as (
    select * from numbered
    union all
    select
        (select coalesce(max(series_id), 0) from numbered)
        + row_number() over (order by indicator_key, ward_basis, ward_key, breakdown_value),
        indicator_key, ward_basis, ward_key, breakdown_value
    from added
)

select numbered_or_added.series_id::integer as series_id, series.*
from series
inner join numbered_or_added on {{ same_series('numbered_or_added', 'series') }}
