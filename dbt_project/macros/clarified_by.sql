{# Join condition: the case of fct_camera_case that a delivered extraction helped to clarify, in the ward of the extraction. #}
{% macro clarified_by(clarified, extraction) -%}
    {{ clarified }}.case_id = {{ extraction }}.case_id
    and {{ clarified }}.ward_key = {{ extraction }}.ward_key
    and {{ extraction }}.is_delivered
    and {{ extraction }}.completed_on <= {{ clarified }}.clarified_on
{%- endmacro %}
