{#
    The snapshots of a register in force: whether they are complete, that is without records in quarantine, and which is the
    next complete one.
#}
{% macro register_snapshots(feed) %}
    select
        snapshot_on,
        is_complete,
        min(case when is_complete then snapshot_on end) over (
            order by snapshot_on rows between 1 following and unbounded following
        ) as next_complete_on,
        snapshot_on = min(snapshot_on) over () as is_first
    from (
        select
            export_date as snapshot_on,
            sum(rows_quarantined) filter (where not is_replay)
                <= coalesce(sum(rows_loaded) filter (where is_replay), 0) as is_complete
        from {{ source('ops', 'delivery_in_force') }}
        where feed = '{{ feed }}'
        group by export_date
    ) as delivery
{% endmacro %}

{#
    The snapshots of a register without their repetitions: one row is one key and the run of snapshots that list it with the
    same values, from first_on to last_on. A complete snapshot that lacks the key ends the run. file_id and line_no are those
    of the first snapshot of the run.

    An incremental build reads the snapshots from the last complete one before the first that has changed. What ended before
    that one stays as it is, and what goes on in it keeps the beginning that is known of it.
#}
{% macro register_states(feed, key, columns) %}
with snapshot as (
    {{ register_snapshots(feed) }}
),

reported_state as (
    select
        reported.{{ key }}, reported.export_date, snapshot.next_complete_on,
        {% for column in columns %}reported.{{ column }}, {% endfor %}
        reported.file_id, reported.line_no, reported.acceptance_no,
        row({% for column in columns %}reported.{{ column }}{{ ', ' if not loop.last }}{% endfor %})::text as state
    from {{ ref('stg_' ~ feed) }} as reported
    inner join snapshot on snapshot.snapshot_on = reported.export_date
    where {% call touched() %}reported.export_date >= {{ unsettled_from(feed) }}{% endcall %}
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
    select {{ key }}, state_no, min(export_date) as first_on, max(export_date) as last_on
    from numbered
    group by {{ key }}, state_no
)

select
    numbered.{{ key }},
    {% if is_full_build() %}
    state_span.first_on, state_span.last_on,
    numbered.file_id, numbered.line_no, numbered.acceptance_no,
    {% else %}
    coalesce(known.first_on, state_span.first_on) as first_on, state_span.last_on,
    coalesce(known.file_id, numbered.file_id) as file_id,
    coalesce(known.line_no, numbered.line_no) as line_no,
    coalesce(known.acceptance_no, numbered.acceptance_no) as acceptance_no,
    {% endif %}
    {% for column in columns %}numbered.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
from state_span
inner join numbered
    on numbered.{{ key }} = state_span.{{ key }} and numbered.state_no = state_span.state_no and numbered.is_new = 1
{% if not is_full_build() %}
left join {{ this }} as known
    on known.{{ key }} = state_span.{{ key }}
    and state_span.first_on = {{ unsettled_from(feed) }}
    and state_span.first_on > known.first_on and state_span.first_on <= known.last_on
{% endif %}
{% endmacro %}

{# The last complete snapshot before the first touched one; infinity if none is touched, -infinity if none is before it. #}
{% macro unsettled_from(feed) -%}
    (
        select
            case
                when touched.day is null then 'infinity'
                else coalesce(
                    (
                        select max(snapshot.snapshot_on)
                        from ({{ register_snapshots(feed) }}) as snapshot
                        where snapshot.is_complete and snapshot.snapshot_on < touched.day
                    ),
                    '-infinity'
                )
            end
        from (select min(export_date) as day from changes.delivery where feed = '{{ feed }}') as touched
    )
{%- endmacro %}
