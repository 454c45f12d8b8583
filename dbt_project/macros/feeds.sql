{# Generated from the contracts: run `lachan sources` instead of editing. A test compares it with them. #}
{% macro feeds() %}
{{ return({
    'camera_extractions': {'key': 'extraction_id', 'delivery': 'changes', 'frequency': 'd', 'period_end': 0, 'latency_days': 1, 'starts_on': None, 'agency': 'camera-room', 'plausible': {'requested_at': {'type': 'timestamp', 'before': 400, 'after': 0}, 'completed_at': {'type': 'timestamp', 'before': 400, 'after': 0}, 'case_clarified_on': {'type': 'date', 'before': 400, 'after': 0}}},
    'camera_register': {'key': 'camera_id', 'delivery': 'snapshot', 'frequency': 'mo', 'period_end': 0, 'latency_days': 1, 'starts_on': None, 'agency': 'camera-room', 'plausible': {'installed_on': {'type': 'date', 'before': 14600, 'after': 366}}},
    'fire_safety_register': {'key': 'point_id', 'delivery': 'snapshot', 'frequency': 'mo', 'period_end': 0, 'latency_days': 1, 'starts_on': None, 'agency': 'fire-desk', 'plausible': {'launched_on': {'type': 'date', 'before': 14600, 'after': 366}}},
    'mass_work_events': {'key': 'event_id', 'delivery': 'changes', 'frequency': 'd', 'period_end': 0, 'latency_days': 1, 'starts_on': None, 'agency': 'movement-desk', 'plausible': {'held_on': {'type': 'date', 'before': 400, 'after': 0}}},
    'model_activities': {'key': 'activity_id', 'delivery': 'changes', 'frequency': 'd', 'period_end': 0, 'latency_days': 1, 'starts_on': None, 'agency': 'movement-desk', 'plausible': {'occurred_on': {'type': 'date', 'before': 100, 'after': 0}}},
    'model_points': {'key': 'point_id', 'delivery': 'snapshot', 'frequency': 'w', 'period_end': 7, 'latency_days': 1, 'starts_on': None, 'agency': 'movement-desk', 'plausible': {'launched_on': {'type': 'date', 'before': 14600, 'after': 366}}},
    'model_register': {'key': 'model_id', 'delivery': 'snapshot', 'frequency': 'w', 'period_end': 7, 'latency_days': 1, 'starts_on': None, 'agency': 'movement-desk', 'plausible': {'launched_on': {'type': 'date', 'before': 14600, 'after': 366}}},
    'patrol_rosters': {'key': 'shift_id', 'delivery': 'changes', 'frequency': 'd', 'period_end': 0, 'latency_days': 1, 'starts_on': None, 'agency': 'patrol-desk', 'plausible': {'planned_start': {'type': 'timestamp', 'before': 62, 'after': 62}, 'actual_start': {'type': 'timestamp', 'before': 62, 'after': 0}}},
    'tips': {'key': 'tip_id', 'delivery': 'changes', 'frequency': 'd', 'period_end': 0, 'latency_days': 1, 'starts_on': None, 'agency': 'hotline-113', 'plausible': {'received_at': {'type': 'timestamp', 'before': 400, 'after': 0}}},
}) }}
{% endmacro %}
