{# The two ways in which a name is cut: every word but the last to its first letter (đ. vệ), and all words (đ. v.). #}
{% macro ward_abbreviations(name_key) -%}
    regexp_replace({{ name_key }}, '([^ ])[^ ]*(?= )', '\1.', 'g'),
    regexp_replace({{ name_key }}, '([^ ])[^ ]*', '\1.', 'g')
{%- endmacro %}
