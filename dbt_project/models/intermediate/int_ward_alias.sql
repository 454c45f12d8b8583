{{ config(materialized='stable_view') }}

with decision as (
    select distinct on (name_key) name_key, alias_name, current_code, current_name
    from (
        select *, {{ ward_name_key('alias_name') }} as name_key from {{ source('ops', 'ward_alias_decision') }}
    ) as decided
    order by name_key, decision_no desc
)

select alias_name, null::text as alias_code, current_code, current_name
from decision
union all
select seed.alias_name, seed.alias_code, seed.current_code, seed.current_name
from {{ ref('ward_alias') }} as seed
where {{ ward_name_key('seed.alias_name') }} not in (select name_key from decision)
