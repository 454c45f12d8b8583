{# The spellings of the column `ward` of a relation, by the day on which the spelling is read; rows without one are left out. #}
{% macro ward_mention(feed, relation, day) -%}
    select '{{ feed }}' as feed, ward as ward_spelling, {{ day }} as day, count(*) as row_count
    from {{ relation }}
    where ward is not null
    group by ward, {{ day }}
{%- endmacro %}
