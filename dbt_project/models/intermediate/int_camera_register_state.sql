{{ config(group='camera_register', unique_key=['camera_id', 'first_on'], scope=['register_state_scope', 'camera_register']) }}

{{ register_states('camera_register', 'camera_id', ['model_id', 'ward', 'ownership', 'in_model', 'status', 'installed_on']) }}
