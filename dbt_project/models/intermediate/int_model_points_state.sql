{{ config(group='models', unique_key=['point_id', 'first_on'], scope=['register_state_scope', 'model_points']) }}

{{ register_states('model_points', 'point_id', ['model_id', 'ward', 'place_kind', 'place_name', 'is_origin', 'launched_on', 'closed_on']) }}
