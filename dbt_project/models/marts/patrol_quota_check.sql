{{ config(group='patrol_rosters', unique_key=['ward_key', 'patrol_type', 'month'], scope=['patrol_check_scope']) }}

with patrol as (
    select ward_key, patrol_type, planned_on as day, 1 as planned, 0 as performed, null::integer as people
    from {{ ref('fct_patrol_shift') }}
    where {{ patrol_month_scope('planned_on') }}
    union all
    select ward_key, patrol_type, performed_on, 0, 1, participations
    from {{ ref('fct_patrol_shift') }}
    where is_performed and {{ patrol_month_scope('performed_on') }}
),

by_ward as (
    select
        ward_key, patrol_type, day,
        sum(planned) as planned, sum(performed) as performed,
        sum(people) as people, min(people) as fewest_people, max(people) as most_people
    from patrol
    group by ward_key, patrol_type, day
),

by_area as (
    select * from by_ward
    union all
    select
        'city', patrol_type, day,
        sum(planned), sum(performed), sum(people), min(fewest_people), max(most_people)
    from by_ward
    group by patrol_type, day
),

monthly as (
    select
        ward_key,
        patrol_type,
        date_trunc('month', day)::date as month,
        ((date_trunc('month', day) + interval '1 month')::date - date_trunc('month', day)::date)::integer as days,
        sum(planned)::integer as planned,
        sum(performed)::integer as performed,
        coalesce(sum(people), 0)::integer as participations,
        (count(*) filter (where performed > 0))::integer as days_with_patrols,
        (min(performed) filter (where performed > 0))::integer as fewest_a_day,
        max(performed)::integer as most_a_day,
        (count(*) filter (where performed <> planned))::integer as days_off_plan,
        min(fewest_people)::integer as fewest_on_a_patrol,
        max(most_people)::integer as most_on_a_patrol
    from by_area
    group by ward_key, patrol_type, date_trunc('month', day)
),

-- Only months that are over are checked. is_same_crew needs at least ten patrols, because a few crews may have the same
-- size by chance.
flagged as (
    select
        monthly.*,
        days_with_patrols = days and fewest_a_day = most_a_day as is_same_every_day,
        days_with_patrols = days and days_off_plan = 0 as is_plan_every_day,
        performed >= 10 and fewest_on_a_patrol > 0 and fewest_on_a_patrol = most_on_a_patrol as is_same_crew
    from monthly
    where month + interval '1 month' <= (
        select max(export_date) from {{ source('ops', 'delivery_in_force') }} where feed = 'patrol_rosters'
    ) + 1
),

explained as (
    select
        *,
        concat_ws('; ',
            case when is_same_every_day then 'ngày nào cũng thực hiện đúng ' || most_a_day || ' lượt (' || most_a_day || ' × ' || days || ' ngày = ' || performed || ')' end,
            case when is_plan_every_day then 'ngày nào số lượt thực hiện cũng bằng số lượt theo kế hoạch (' || performed || '/' || planned || ')' end,
            case when is_same_crew then 'lượt nào cũng đúng ' || most_on_a_patrol || ' người (' || participations || ' ÷ ' || performed || ')' end
        ) as findings
    from flagged
)

select
    ward_key,
    patrol_type,
    month,
    days,
    planned,
    performed,
    participations,
    round(planned / days::numeric, 2) as planned_per_day,
    round(performed / days::numeric, 2) as performed_per_day,
    case when days_with_patrols = days then fewest_a_day else 0 end as fewest_performed_a_day,
    most_a_day as most_performed_a_day,
    is_same_every_day,
    is_plan_every_day,
    is_same_crew,
    nullif(upper(left(findings, 1)) || substr(findings, 2), '') as seen_vi,
    case when findings <> '' then 'Gợi ý đối chiếu sổ trực với thực tế, không phải kết luận.' end as advice_vi
from explained
