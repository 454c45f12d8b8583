{#
    The history of a register, out of its snapshots: one row is one state of one key and the days on which it held
    (valid_to is empty while it does). A key that is gone from a snapshot is closed on that day; a snapshot with
    records in quarantine closes nothing, for what it lacks may be among them. A key that comes back begins anew.
    file_id and line_no are those of the snapshot that first showed the state.
#}
{% macro register_history(feed, key, columns) %}
with snapshot as (
    select
        snapshot_on,
        min(case when is_complete then snapshot_on end) over (
            order by snapshot_on rows between 1 following and unbounded following
        ) as next_complete_on
    from (
        select distinct on (file.export_date)
            file.export_date as snapshot_on,
            sum(ledger.rows_quarantined) filter (where ledger.replay_no = 0)
                <= coalesce(sum(ledger.rows_loaded) filter (where ledger.replay_no > 0), 0) as is_complete
        from {{ source('staging_ledger', 'taken_file') }} as file
        inner join {{ source('ops', 'export_file') }} as ledger on ledger.file_id = file.file_id
        where file.feed = '{{ feed }}'
        group by file.export_date, ledger.path, ledger.sha256
        order by file.export_date, min(file.file_id) desc
    ) as delivery
),

seen as (
    select
        reported.{{ key }}, reported.export_date, snapshot.next_complete_on,
        {% for column in columns %}reported.{{ column }}, {% endfor %}
        reported.file_id, reported.line_no, reported.acceptance_no,
        row({% for column in columns %}reported.{{ column }}{{ ', ' if not loop.last }}{% endfor %})::text as state
    from {{ ref('stg_' ~ feed) }} as reported
    inner join snapshot on snapshot.snapshot_on = reported.export_date
),

marked as (
    select
        *,
        case
            when lag(state) over by_day = state and coalesce(lag(next_complete_on) over by_day, 'infinity') >= export_date
                then 0
            else 1
        end as is_new
    from seen
    window by_day as (partition by {{ key }} order by export_date)
),

numbered as (
    select *, sum(is_new) over (partition by {{ key }} order by export_date) as state_no
    from marked
),

held as (
    select
        {{ key }}, state_no,
        min(export_date) as valid_from,
        max(export_date) as last_seen_on,
        (array_agg(next_complete_on order by export_date desc))[1] as gone_on
    from numbered
    group by {{ key }}, state_no
),

state as (
    select
        numbered.*,
        held.valid_from as state_from,
        -- closed by the next state, or by the first complete snapshot without the key
        coalesce(least(lead(held.valid_from) over by_state, held.gone_on) - 1, 'infinity') as state_to,
        held.last_seen_on,
        held.state_no = 1 as is_first
    from held
    inner join numbered
        on numbered.{{ key }} = held.{{ key }} and numbered.state_no = held.state_no and numbered.is_new = 1
    window by_state as (partition by numbered.{{ key }} order by held.state_no)
),

-- The unit in force on its day: a change of the register of wards that data has reached begins a new row.
epoch as (
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
    state.{{ key }},
    {% for column in columns %}state.{{ column }}, {% endfor %}
    coalesce(ward.ward_key, 'unknown') as ward_key,
    greatest(state.state_from, epoch.starts_on) as valid_from,
    nullif(least(state.state_to, epoch.ends_on), 'infinity') as valid_to,
    state.last_seen_on,
    state.is_first and row_number() over (partition by state.{{ key }} order by state.state_from, epoch.starts_on) = 1 as is_first,
    row_number() over (partition by state.{{ key }} order by state.state_from desc, epoch.starts_on desc) = 1 as is_last,
    state.file_id, state.line_no, state.acceptance_no
from state
inner join epoch on epoch.starts_on <= state.state_to and epoch.ends_on >= state.state_from
left join {{ ref('int_ward_spelling') }} as ward
    on {{ ward_on('ward', 'state.ward', 'greatest(state.state_from, epoch.starts_on)') }}
{% endmacro %}

{# First and last day on which a state was in force: a thing is so from its launch on, though it was listed later. #}
{% macro in_force(launched_on, ended_on) -%}
    case when {{ in_force_from(launched_on) }} <= {{ in_force_to(ended_on) }} then {{ in_force_from(launched_on) }} end as in_force_from,
    case when {{ in_force_from(launched_on) }} <= {{ in_force_to(ended_on) }} then nullif({{ in_force_to(ended_on) }}, 'infinity') end as in_force_to
{%- endmacro %}

{% macro in_force_from(launched_on) -%}
    case when is_first then {{ launched_on }} else greatest({{ launched_on }}, valid_from) end
{%- endmacro %}

{% macro in_force_to(ended_on) -%}
    least(coalesce(valid_to, 'infinity'), coalesce({{ ended_on }} - 1, 'infinity'))
{%- endmacro %}
