{# A normalised spelling without accents. It only suggests wards to a person; no row is assigned to a ward by it. #}
{% macro ward_unaccented(cleaned) -%}
    regexp_replace(normalize(replace({{ cleaned }}, 'đ', 'd'), nfd), '[\u0300-\u036f]', '', 'g')
{%- endmacro %}

{#
    Array of a text and of every variant of it with one letter deleted. Two texts with a common element differ by one
    letter, or by one deletion in each.
#}
{% macro ward_deletion_variants(unaccented) -%}
    array(
        select overlay({{ unaccented }} placing '' from place for 1) from generate_series(1, length({{ unaccented }})) as place
    ) || {{ unaccented }}
{%- endmacro %}
