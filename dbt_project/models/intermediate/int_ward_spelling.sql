{{ config(unique_key=['ward_spelling', 'valid_from'], records_changes=true) }}

with spelling as (
    select ward_spelling, {{ ward_name_key('ward_spelling') }} as name_key
    from (select distinct ward_spelling from {{ ref('int_ward_mention') }}) as mention
),

unit as (
    select
        ward_key, ward_code, named.name_key, daterange(valid_from, valid_to, '[]') as days,
        array[{{ ward_abbreviations('named.name_key') }}] as abbreviations -- not for each spelling anew
    from {{ ref('dim_ward') }}
    cross join lateral (values ({{ ward_name_key('ward_name') }})) as named (name_key)
    where is_in_city
),

alias as materialized ( -- not for each spelling anew
    select
        {{ ward_name_key('alias_name') }} as name_key, alias_code,
        current_code, {{ ward_name_key('current_name') }} as current_name_key
    from {{ ref('int_ward_alias') }}
),

-- Possible meanings by priority: 1 the name, 2 the official code, 3 an alias, 4 an abbreviation of the name.
meaning as (
    select spelling.ward_spelling, unit.ward_key, unit.days, 1 as priority
    from spelling
    inner join unit on unit.name_key = spelling.name_key
    union all
    select spelling.ward_spelling, unit.ward_key, unit.days, 2
    from spelling
    inner join unit on unit.ward_code = spelling.name_key
    union all
    select spelling.ward_spelling, unit.ward_key, unit.days, 3
    from spelling
    inner join alias on spelling.name_key in (alias.name_key, alias.alias_code)
    inner join unit on unit.ward_code = alias.current_code and unit.name_key = alias.current_name_key
    union all
    select spelling.ward_spelling, unit.ward_key, unit.days, 4
    from spelling
    inner join unit on spelling.name_key = any(unit.abbreviations)
),

-- A meaning is valid on the days on which no other ward has a meaning of the same or a higher priority (a lower number).
unambiguous as (
    select meaning.ward_spelling, meaning.ward_key, datemultirange(meaning.days) - coalesce(range_agg(rival.days), '{}') as days
    from meaning
    left join meaning as rival
        on rival.ward_spelling = meaning.ward_spelling
        and rival.ward_key <> meaning.ward_key
        and rival.priority <= meaning.priority
    group by meaning.ward_spelling, meaning.ward_key, meaning.days, meaning.priority
),

period as (
    select ward_spelling, ward_key, unnest(range_agg(days)) as days
    from unambiguous
    group by ward_spelling, ward_key
)

select ward_spelling, ward_key, lower(days) as valid_from, upper(days) - 1 as valid_to
from period
