{{ config(unique_key=['ward_spelling', 'ward_key']) }}

with spelling as (
    select
        ward_spelling,
        {{ ward_name_key('ward_spelling') }} as name_key,
        {{ ward_unaccented(ward_clean('ward_spelling')) }} as unaccented
    from (select distinct ward_spelling from {{ ref('int_ward_unresolved') }}) as unresolved
),

-- Each spelling with and without a leading kind, because the P. of `P. Sơn` may also be the initial of Phú Sơn.
spelling_form as (
    select spelling.ward_spelling, form.unaccented, {{ ward_deletion_variants('form.unaccented') }} as variants
    from spelling
    cross join lateral (
        values (spelling.unaccented), ({{ ward_without_kind('spelling.unaccented', kinds='phuong|xa|thi tran') }})
    ) as form (unaccented)
),

known_unit as (
    select *, {{ ward_name_key('ward_name') }} as name_key
    from {{ ref('dim_ward') }}
    where ward_key <> 'unknown'
),

unit as (
    select
        known_unit.*,
        array[plain.unaccented, {{ ward_abbreviations('plain.unaccented') }}] as names, -- not for each spelling anew
        {{ ward_deletion_variants('plain.unaccented') }} as variants
    from known_unit
    cross join lateral (values ({{ ward_unaccented('known_unit.name_key') }})) as plain (unaccented)
),

alias as materialized ( -- not for each spelling anew
    select
        {{ ward_name_key('alias_name') }} as name_key, alias_code,
        current_code, {{ ward_name_key('current_name') }} as current_name_key
    from {{ ref('int_ward_alias') }}
),

match as (
    select spelling_form.ward_spelling, unit.ward_key, 'same' as likeness
    from spelling_form
    inner join unit on spelling_form.unaccented = any(unit.names)
    union all
    select spelling.ward_spelling, unit.ward_key, 'same'
    from spelling
    inner join unit on unit.ward_code = spelling.name_key
    union all
    select spelling.ward_spelling, unit.ward_key, 'same'
    from spelling
    inner join alias on spelling.name_key in (alias.name_key, alias.alias_code)
    inner join unit on unit.ward_code = alias.current_code and unit.name_key = alias.current_name_key
    union all
    select spelling_form.ward_spelling, unit.ward_key, 'slip'
    from spelling_form
    inner join unit on unit.variants && spelling_form.variants
),

candidate as (
    select
        match.ward_spelling,
        match.ward_key,
        min(match.likeness) as likeness,
        unit.is_in_city and exists (
            select from {{ ref('int_ward_unresolved') }} as unresolved
            where unresolved.ward_spelling = match.ward_spelling
              and unresolved.day between unit.valid_from and coalesce(unit.valid_to, 'infinity')
        ) as is_in_force
    from match
    inner join unit on unit.ward_key = match.ward_key
    group by match.ward_spelling, match.ward_key, unit.is_in_city, unit.valid_from, unit.valid_to
)

-- A unit that was not in force (of another time or another district) is a candidate only if its likeness is 'same' and no
-- unit in force has the likeness 'same'.
select candidate.*
from candidate
where is_in_force
   or likeness = 'same' and not exists (
        select from candidate as better
        where better.ward_spelling = candidate.ward_spelling and better.is_in_force and better.likeness = 'same'
    )
