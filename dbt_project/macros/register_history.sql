{#
    The history of a register, derived from its snapshots: one row is one state of one key and the days on which it
    was valid (valid_to is null while it is). If a key is missing from a snapshot, its state ends on the day before.
    A snapshot with records in quarantine ends no state, because the missing key may be among those records. A key
    that appears again starts a new state. file_id and line_no are those of the snapshot that first had the state.

    An entry is a mistake (is_mistake) if one snapshot alone lists it, not the feed's first one and without an end, the
    next complete snapshot lacks it, and nothing in the models of `referred_by` (pairs of a model and its column) refers to
    it. It was never launched and never in force.
#}
{% macro register_history(feed, key, columns, ended_on='null::date', referred_by=[]) %}
with snapshot as (
    select
        snapshot_on,
        min(case when is_complete then snapshot_on end) over (
            order by snapshot_on rows between 1 following and unbounded following
        ) as next_complete_on,
        snapshot_on = min(snapshot_on) over () as is_first_snapshot
    from (
        select
            export_date as snapshot_on,
            sum(rows_quarantined) filter (where not is_replay)
                <= coalesce(sum(rows_loaded) filter (where is_replay), 0) as is_complete
        from {{ source('ops', 'delivery_in_force') }}
        where feed = '{{ feed }}'
        group by export_date
    ) as delivery
),

reported_state as (
    select
        reported.{{ key }}, reported.export_date, snapshot.next_complete_on,
        count(*) over (partition by reported.{{ key }}) = 1
            and snapshot.next_complete_on is not null
            and not snapshot.is_first_snapshot
            and {{ ended_on }} is null
            {%- for relation, column in referred_by %}
            and not exists (select from {{ relation }} as referring where referring.{{ column }} = reported.{{ key }})
            {%- endfor %} as is_mistake,
        {% for column in columns %}reported.{{ column }}, {% endfor %}
        reported.file_id, reported.line_no, reported.acceptance_no,
        row({% for column in columns %}reported.{{ column }}{{ ', ' if not loop.last }}{% endfor %})::text as state
    from {{ ref('stg_' ~ feed) }} as reported
    inner join snapshot on snapshot.snapshot_on = reported.export_date
),

with_changes as (
    select
        *,
        case
            when lag(state) over by_day = state and coalesce(lag(next_complete_on) over by_day, 'infinity') >= export_date
                then 0
            else 1
        end as is_new
    from reported_state
    window by_day as (partition by {{ key }} order by export_date)
),

numbered as (
    select *, sum(is_new) over (partition by {{ key }} order by export_date) as state_no
    from with_changes
),

state_span as (
    select
        {{ key }}, state_no,
        min(export_date) as valid_from,
        max(export_date) as last_seen_on,
        (array_agg(next_complete_on order by export_date desc))[1] as missing_on
    from numbered
    group by {{ key }}, state_no
),

dated_state as (
    select
        numbered.*,
        state_span.valid_from as state_from,
        -- ends on the day before the next state or before the first complete snapshot without the key
        coalesce(least(lead(state_span.valid_from) over by_state, state_span.missing_on) - 1, 'infinity') as state_to,
        state_span.last_seen_on,
        state_span.state_no = 1 as is_first
    from state_span
    inner join numbered
        on numbered.{{ key }} = state_span.{{ key }} and numbered.state_no = state_span.state_no and numbered.is_new = 1
    window by_state as (partition by numbered.{{ key }} order by state_span.state_no)
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
