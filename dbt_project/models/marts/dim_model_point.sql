{%- set referred_by = [('model_activities', 'point_id')] -%}
{{ config(group='models', unique_key='point_key', scope=['history_scope', 'model_points', 'point_id', referred_by], records_changes=true) }}

with history as (
    {{ register_history('model_points', 'point_id', ['model_id', 'ward', 'place_kind', 'place_name', 'is_origin', 'launched_on', 'closed_on'],
        ended_on='reported.closed_on', referred_by=referred_by) }}
)

select
    point_id || '@' || valid_from as point_key,
    point_id,

    -- what
    model_id,
    place_kind,
    place_name,
    is_origin,
    launched_on,
    closed_on,

    -- where
    ward_key,
    ward as ward_spelling,

    -- when
    valid_from,
    valid_to,
    last_seen_on,
    is_last,
    is_mistake,
    {{ in_force('launched_on', 'closed_on') }},

    -- where it came from
    file_id,
    line_no,
    acceptance_no
from history
