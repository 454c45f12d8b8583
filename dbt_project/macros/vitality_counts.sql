{# Columns that count models by state, shared by model_vitality_by_host and model_vitality_by_ward. #}
{% macro vitality_counts() %}
    count(*)::integer as models,
    {%- for state in ['active', 'irregular', 'silent', 'unknown'] %}
    count(*) filter (where state = '{{ state }}')::integer as models_{{ state }},
    {%- endfor %}
    round(count(*) filter (where state = 'silent')::numeric / count(*), 4) as share_silent
{% endmacro %}
