{{ config(unique_key='series_id') }}

select
    {{ key_number('indicator.indicator_key', 'area.ward_basis', 'area.ward_key', 'breakdown.breakdown_value') }} as series_id,
    indicator.indicator_key, area.ward_basis, area.ward_key, breakdown.breakdown_value,
    indicator.feed
from {{ ref('indicators') }} as indicator
cross join {{ ref('int_area') }} as area
inner join {{ ref('breakdown') }} as breakdown on breakdown.breakdown_dim in ('total', indicator.breakdown_dim)
