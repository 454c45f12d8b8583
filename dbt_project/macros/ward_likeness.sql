{# The letters of a cleaned spelling without accents: only to suggest wards to a person, never to choose one. #}
{% macro ward_letters(cleaned) -%}
    regexp_replace(normalize(replace({{ cleaned }}, 'đ', 'd'), nfd), '[\u0300-\u036f]', '', 'g')
{%- endmacro %}

{# A text, and the text without each one of its letters. Two texts that share one of these differ by one slip or so. #}
{% macro ward_with_a_slip(letters) -%}
    array(
        select overlay({{ letters }} placing '' from place for 1) from generate_series(1, length({{ letters }})) as place
    ) || {{ letters }}
{%- endmacro %}
