{{ config(group='models', unique_key=['model_id', 'first_on'], scope=['register_state_scope', 'model_register']) }}

{{ register_states('model_register', 'model_id', ['kind', 'name', 'host', 'ward', 'launched_on', 'dissolved_on', 'decision_no', 'rating', 'reviewed_on']) }}
