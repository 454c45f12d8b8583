{{ config(unique_key=['ward_spelling', 'ward_key']) }}

with spelling as (
    select ward as ward_spelling from {{ ref('stg_tips') }}
    union
    select ward from {{ ref('stg_camera_extractions') }}
    union
    select ward from {{ ref('stg_patrol_rosters') }}
),

cleaned as (
    select ward_spelling, {{ ward_name_key('ward_spelling') }} as name_key
    from spelling
    where ward_spelling is not null
),

unit as (
    select ward_key, ward_code, valid_from, valid_to, {{ ward_name_key('ward_name') }} as name_key
    from {{ ref('dim_ward') }}
    where is_in_city
),

alias as (
    select current_code, nullif(alias_code, '') as alias_code, {{ ward_name_key('alias_name') }} as name_key
    from {{ ref('ward_alias') }}
),

candidate as (
    select cleaned.ward_spelling, unit.*, 1 as choice
    from cleaned
    inner join unit on unit.name_key = cleaned.name_key
    union
    select cleaned.ward_spelling, unit.*, 2
    from cleaned
    inner join unit on unit.ward_code = cleaned.name_key
    union
    select cleaned.ward_spelling, unit.*, 3
    from cleaned
    inner join alias on cleaned.name_key in (alias.name_key, alias.alias_code)
    inner join unit on unit.ward_code = alias.current_code
)

select ward_spelling, ward_key, valid_from, valid_to
from candidate
where not exists (
    select from candidate as better
    where better.ward_spelling = candidate.ward_spelling
      and better.choice < candidate.choice
      and better.valid_from <= coalesce(candidate.valid_to, 'infinity')
      and candidate.valid_from <= coalesce(better.valid_to, 'infinity')
)
