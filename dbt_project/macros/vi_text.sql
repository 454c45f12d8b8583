{# A date in Vietnamese notation: 10/09/2024. #}
{% macro vi_date(day) -%}
    to_char({{ day }}, 'DD/MM/YYYY')
{%- endmacro %}

{# A number in Vietnamese notation, with at most one decimal and a decimal comma: 0,5. #}
{% macro vi_number(number) -%}
    replace(trim_scale(round({{ number }}, 1))::text, '.', ',')
{%- endmacro %}
