{#
    The spellings in the column `ward` of a relation, per day. `day` is the day for which a spelling is resolved to a
    ward; it must be the same as the day that the fact passes to ward_on. Rows without a ward are left out.
#}
{% macro ward_mention(feed, relation, day) -%}
    select '{{ feed }}' as feed, ward as ward_spelling, {{ day }} as day, count(*) as row_count
    from {{ relation }}
    where ward is not null
    group by ward, {{ day }}
{%- endmacro %}
