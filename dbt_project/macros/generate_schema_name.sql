{# Uses the configured schema as it is; dbt's default would put the target schema in front of it. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
