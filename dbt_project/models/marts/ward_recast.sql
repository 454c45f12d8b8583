{{ config(unique_key='ward_key') }}

with recursive unit as (
    select * from {{ ref('dim_ward') }} where ward_key <> 'unknown'
),

step as (
    select
        old.ward_key,
        new.ward_key as next_key,
        succession.effective_date,
        succession.legal_basis,
        succession.partial,
        succession.partial or count(*) over (partition by old.ward_key) > 1 as is_split
    from unit as old
    inner join {{ ref('ward_succession') }} as succession
        on succession.old_code = old.ward_code
        and succession.effective_date = old.valid_to + 1
    inner join unit as new
        on new.ward_code = succession.new_code
        and succession.effective_date between new.valid_from and coalesce(new.valid_to, 'infinity')
),

-- Follows the succession from every unit. Each step leads to a later day, so the recursion ends.
walk as (
    select
        ward_key,
        ward_key as reached_key,
        0 as steps,
        false as is_split,
        ward_full_name || ' (' || ward_code || ')' as via,
        null::text as legal_basis,
        null::date as effective_date
    from unit
    union all
    select
        walk.ward_key,
        step.next_key,
        walk.steps + 1,
        walk.is_split or step.is_split,
        walk.via || ' → ' || case when step.partial then 'một phần ' else '' end
            || unit.ward_full_name || ' (' || unit.ward_code || ', ' || to_char(step.effective_date, 'DD/MM/YYYY') || ')',
        step.legal_basis,
        step.effective_date
    from walk
    inner join step on step.ward_key = walk.reached_key
    inner join unit on unit.ward_key = step.next_key
),

-- The units of today (those without an end) that were reached from each unit.
destination as (
    select
        walk.ward_key,
        bool_or(walk.is_split) as is_split,
        max(walk.steps) as steps,
        min(today.ward_key) as today_key,
        min(today.ward_full_name) as today_name,
        string_agg(distinct today.ward_full_name || ' (' || today.ward_code || ')', '; ') as candidates,
        string_agg(walk.via, '; ' order by walk.reached_key) as via
    from walk
    inner join unit as today on today.ward_key = walk.reached_key and today.valid_to is null
    group by walk.ward_key
),

basis as (
    select ward_key, string_agg(legal_basis, '; ' order by first_used) as resolutions
    from (
        select ward_key, legal_basis, min(effective_date) as first_used
        from walk
        where legal_basis is not null
        group by ward_key, legal_basis
    ) as used
    group by ward_key
)

select
    unit.ward_key,
    unit.ward_full_name,
    unit.is_in_city,
    unit.valid_from,
    unit.valid_to,
    case when destination.is_split then 'split' else coalesce(destination.today_key, 'unknown') end as recast_ward_key,
    case
        when destination.is_split then 'Chia tách, không phân bổ được'
        else coalesce(destination.today_name, 'Không rõ phường, xã')
    end as recast_ward_name,
    case when destination.is_split then destination.candidates end as split_between,
    destination.steps,
    destination.via,
    basis.resolutions as legal_basis
from {{ ref('dim_ward') }} as unit
left join destination on destination.ward_key = unit.ward_key
left join basis on basis.ward_key = unit.ward_key
