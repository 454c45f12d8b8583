{# The day on the wall calendar of the city on which an instant falls. #}
{% macro local_date(instant) -%}
    ({{ instant }} at time zone '{{ var("timezone") }}')::date
{%- endmacro %}
