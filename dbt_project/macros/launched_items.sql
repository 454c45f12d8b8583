{#
    What was launched, by the day and the kind that its register has last, in the ward under which it was first
    listed: the last may be a unit of another time.
#}
{% macro launched_items(indicator, relation, key, part, feed, only='true') %}
    select
        '{{ indicator }}', last.{{ key }}, last.launched_on, first.ward_key, last.{{ part }}, 1, 0,
        '{{ feed }}', last.file_id, last.line_no
    from {{ relation }} as last
    inner join (
        select distinct on ({{ key }}) {{ key }}, ward_key
        from {{ relation }}
        order by {{ key }}, valid_from
    ) as first on first.{{ key }} = last.{{ key }}
    where last.is_last and {{ only }}
{% endmacro %}
