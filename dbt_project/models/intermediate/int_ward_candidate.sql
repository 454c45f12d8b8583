{{ config(unique_key=['ward_spelling', 'ward_key']) }}

with spelling as (
    select
        ward_spelling,
        {{ ward_name_key('ward_spelling') }} as name_key,
        {{ ward_letters(ward_clean('ward_spelling')) }} as letters
    from (select distinct ward_spelling from {{ ref('int_ward_unresolved') }}) as unresolved
),

-- With and without its kind: `P. Sơn` may be a cut Phú Sơn.
written as (
    select spelling.ward_spelling, form.letters, {{ ward_with_a_slip('form.letters') }} as with_a_slip
    from spelling
    cross join lateral (
        values (spelling.letters), ({{ ward_without_kind('spelling.letters', kinds='phuong|xa|thi tran') }})
    ) as form (letters)
),

named as (
    select *, {{ ward_name_key('ward_name') }} as name_key
    from {{ ref('dim_ward') }}
    where ward_key <> 'unknown'
),

unit as (
    select named.*, plain.letters, {{ ward_with_a_slip('plain.letters') }} as with_a_slip
    from named
    cross join lateral (values ({{ ward_letters('named.name_key') }})) as plain (letters)
),

alias as (
    select
        {{ ward_name_key('alias_name') }} as name_key, alias_code,
        current_code, {{ ward_name_key('current_name') }} as current_name_key
    from {{ ref('ward_alias') }}
),

alike as (
    select written.ward_spelling, unit.ward_key, 'same' as likeness
    from written
    inner join unit on written.letters in (unit.letters, {{ ward_abbreviations('unit.letters') }})
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
    select written.ward_spelling, unit.ward_key, 'slip'
    from written
    inner join unit on unit.with_a_slip && written.with_a_slip
),

candidate as (
    select
        alike.ward_spelling,
        alike.ward_key,
        min(alike.likeness) as likeness,
        unit.is_in_city and exists (
            select from {{ ref('int_ward_unresolved') }} as unresolved
            where unresolved.ward_spelling = alike.ward_spelling
              and unresolved.day between unit.valid_from and coalesce(unit.valid_to, 'infinity')
        ) as is_in_force
    from alike
    inner join unit on unit.ward_key = alike.ward_key
    group by alike.ward_spelling, alike.ward_key, unit.is_in_city, unit.valid_from, unit.valid_to
)

-- Units of other times or places only where nothing in force has the same letters, and only with the same letters.
select candidate.*
from candidate
where is_in_force
   or likeness = 'same' and not exists (
        select from candidate as better
        where better.ward_spelling = candidate.ward_spelling and better.is_in_force and better.likeness = 'same'
    )
