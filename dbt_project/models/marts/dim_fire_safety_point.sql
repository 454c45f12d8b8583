{{ config(group='fire_safety_register', unique_key='point_key', scope=['history_scope', 'fire_safety_register', 'point_id'], records_changes=true) }}

with history as (
    {{ register_history('fire_safety_register', 'point_id', ['kind', 'ward', 'launched_on', 'households']) }}
)

select
    point_id || '@' || valid_from as point_key,
    point_id,

    -- what
    kind as fire_safety_kind,
    launched_on,
    households,

    -- where
    ward_key,
    ward as ward_spelling,

    -- when
    valid_from,
    valid_to,
    last_seen_on,
    is_last,
    is_mistake,
    {{ in_force('launched_on', 'null::date') }},

    -- where it came from
    file_id,
    line_no,
    acceptance_no
from history
