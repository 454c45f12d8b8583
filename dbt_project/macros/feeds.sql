{# Generated from the contracts: run `lachan sources` instead of editing. A test compares it with them. #}
{% macro feeds() %}
{{ return({
    'camera_extractions': {'key': 'extraction_id', 'delivery': 'changes'},
    'camera_register': {'key': 'camera_id', 'delivery': 'snapshot'},
    'fire_safety_register': {'key': 'point_id', 'delivery': 'snapshot'},
    'mass_work_events': {'key': 'event_id', 'delivery': 'changes'},
    'model_activities': {'key': 'activity_id', 'delivery': 'changes'},
    'model_points': {'key': 'point_id', 'delivery': 'snapshot'},
    'model_register': {'key': 'model_id', 'delivery': 'snapshot'},
    'patrol_rosters': {'key': 'shift_id', 'delivery': 'changes'},
    'tips': {'key': 'tip_id', 'delivery': 'changes'},
}) }}
{% endmacro %}
