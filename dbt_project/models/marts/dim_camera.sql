{%- set referred_by = [('camera_extractions', 'camera_id')] -%}
{{ config(group='camera_register', unique_key='camera_key', scope=['history_scope', 'camera_register', 'camera_id', referred_by], records_changes=true) }}

with history as (
    {{ register_history('camera_register', 'camera_id', ['model_id', 'ward', 'ownership', 'in_model', 'status', 'installed_on'],
        referred_by=referred_by) }}
)

select
    camera_id || '@' || valid_from as camera_key,
    camera_id,

    -- what
    model_id,
    ownership,
    in_model,
    status,
    installed_on,

    -- where
    ward_key,
    ward as ward_spelling,

    -- when
    valid_from,
    valid_to,
    last_seen_on,
    is_last,
    is_mistake,
    {{ in_force("coalesce(installed_on, case when date_trunc('month', valid_from) = first_day then first_day else valid_from end)", 'null::date') }},

    -- where it came from
    file_id,
    line_no,
    acceptance_no
from history
cross join (select first_day from {{ ref('int_feed_span') }} where feed = 'camera_register') as span
