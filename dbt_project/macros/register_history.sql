{#
    The history of a register, derived from its snapshots: one row is one state of one key and the days on which it
    was valid (valid_to is null while it is). If a key is missing from a snapshot, its state ends on the day before.
    A snapshot with records in quarantine ends no state, because the missing key may be among those records. A key
    that appears again starts a new state. file_id and line_no are those of the snapshot that first had the state.

    An entry is a mistake (is_mistake) if one snapshot alone lists it, not the feed's first one and without an end, the
    next complete snapshot lacks it, and nothing in the staging of `referred_by` (pairs of a feed and its column) refers to
    it. It was never launched and never in force.

    An incremental build computes the entries of history_scope.
#}
{% macro register_history(feed, key, columns, ended_on='null::date', referred_by=[]) %}
with snapshot as (
    {{ register_snapshots(feed) }}
),

reported_state as (
    select
        reported.*,
        snapshot.next_complete_on,
        reported.first_on = reported.last_on
            and count(*) over (partition by reported.{{ key }}) = 1
            and snapshot.next_complete_on is not null
            and not snapshot.is_first
            and {{ ended_on }} is null
            {%- for referring, column in referred_by %}
            and reported.{{ key }} not in (select distinct {{ column }} from {{ ref('stg_' ~ referring) }} where {{ column }} is not null)
            {%- endfor %} as is_mistake
    from {{ ref('int_' ~ feed ~ '_state') }} as reported
    inner join snapshot on snapshot.snapshot_on = reported.last_on
    where {{ history_scope('reported', feed, key, referred_by) }}
),

dated_state as (
    select
        reported_state.*,
        first_on as state_from,
        -- ends on the day before the next state or before the first complete snapshot without the key
        coalesce(least(lead(first_on) over by_state, next_complete_on) - 1, 'infinity') as state_to,
        last_on as last_seen_on,
        row_number() over by_state = 1 as is_first
    from reported_state
    window by_state as (partition by {{ key }} order by first_on)
),

-- Periods between changes of the register of wards, up to the last day with data. They divide the states, so that each
-- row has the ward that was in force on its days.
ward_epoch as (
    select
        case when lag(starts_on) over by_day is null then '-infinity' else starts_on end as starts_on,
        coalesce(lead(starts_on) over by_day - 1, 'infinity') as ends_on
    from (
        select distinct valid_from as starts_on
        from {{ ref('dim_ward') }}
        where is_in_city and valid_from <= (select max(last_day) from {{ ref('int_feed_span') }})
    ) as change
    window by_day as (order by starts_on)
)

select
    dated_state.{{ key }},
    {% for column in columns %}dated_state.{{ column }}, {% endfor %}
    coalesce(ward.ward_key, 'unknown') as ward_key,
    greatest(dated_state.state_from, ward_epoch.starts_on) as valid_from,
    nullif(least(dated_state.state_to, ward_epoch.ends_on), 'infinity') as valid_to,
    dated_state.last_seen_on,
    dated_state.is_mistake,
    dated_state.is_first and row_number() over (partition by dated_state.{{ key }} order by dated_state.state_from, ward_epoch.starts_on) = 1 as is_first,
    row_number() over (partition by dated_state.{{ key }} order by dated_state.state_from desc, ward_epoch.starts_on desc) = 1 as is_last,
    dated_state.file_id, dated_state.line_no, dated_state.acceptance_no
from dated_state
inner join ward_epoch on ward_epoch.starts_on <= dated_state.state_to and ward_epoch.ends_on >= dated_state.state_from
left join {{ ref('int_ward_spelling') }} as ward
    on {{ ward_on('ward', 'dated_state.ward', 'greatest(dated_state.state_from, ward_epoch.starts_on)') }}
{% endmacro %}

{#
    First and last day on which an item was in force in a state. The first state starts with the launch, even if the
    register listed the item later; the day on which the item ended (ended_on) is no longer in force.
#}
{% macro in_force(launched_on, ended_on) -%}
    case when not is_mistake and {{ in_force_from(launched_on) }} <= {{ in_force_to(ended_on) }} then {{ in_force_from(launched_on) }} end as in_force_from,
    case when not is_mistake and {{ in_force_from(launched_on) }} <= {{ in_force_to(ended_on) }} then nullif({{ in_force_to(ended_on) }}, 'infinity') end as in_force_to
{%- endmacro %}

{% macro in_force_from(launched_on) -%}
    case when is_first then {{ launched_on }} else greatest({{ launched_on }}, valid_from) end
{%- endmacro %}

{% macro in_force_to(ended_on) -%}
    least(coalesce(valid_to, 'infinity'), coalesce({{ ended_on }} - 1, 'infinity'))
{%- endmacro %}
