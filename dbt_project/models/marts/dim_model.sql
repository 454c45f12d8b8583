{%- set referred_by = [('model_activities', 'model_id'), ('model_points', 'model_id'), ('camera_register', 'model_id')] -%}
{{ config(group='models', unique_key='model_key', scope=['history_scope', 'model_register', 'model_id', referred_by], records_changes=true) }}

with history as (
    {{ register_history('model_register', 'model_id', ['kind', 'name', 'host', 'ward', 'launched_on', 'dissolved_on', 'decision_no', 'rating', 'reviewed_on'],
        ended_on='reported.dissolved_on',
        referred_by=referred_by) }}
)

select
    model_id || '@' || valid_from as model_key,
    model_id,

    -- what
    kind as model_kind,
    name as model_name,
    host,
    launched_on,
    dissolved_on,
    decision_no,
    coalesce(rating, 'unrated') as rating,
    reviewed_on,

    -- where
    ward_key,
    ward as ward_spelling,

    -- when
    valid_from,
    valid_to,
    last_seen_on,
    is_last,
    is_mistake,
    {{ in_force('launched_on', 'dissolved_on') }},

    -- where it came from
    file_id,
    line_no,
    acceptance_no
from history
