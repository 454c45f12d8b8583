{{ config(group='fire_safety_register', unique_key=['point_id', 'first_on'], scope=['register_state_scope', 'fire_safety_register']) }}

{{ register_states('fire_safety_register', 'point_id', ['kind', 'ward', 'launched_on', 'households']) }}
