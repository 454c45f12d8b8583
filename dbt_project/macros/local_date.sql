{# The calendar day of a timestamptz in the city's time zone (var `timezone`). #}
{% macro local_date(instant) -%}
    ({{ instant }} at time zone '{{ var("timezone") }}')::date
{%- endmacro %}
