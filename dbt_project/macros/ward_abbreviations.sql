{# The two usual abbreviations of a name: initials for all words but the last (đ. vệ), and for all words (đ. v.). #}
{% macro ward_abbreviations(name_key) -%}
    regexp_replace({{ name_key }}, '([^ ])[^ ]*(?= )', '\1.', 'g'),
    regexp_replace({{ name_key }}, '([^ ])[^ ]*', '\1.', 'g')
{%- endmacro %}
