{#
    One counted item per launched model, site or point of a register. The day of the launch and the kind come from the
    latest state of the key. The ward comes from its first state, because the ward of the latest state may be a unit
    that did not exist yet at the launch. An entry that was listed by mistake is no launch.
#}
{% macro launched_items(indicator, relation, key, breakdown_column, feed, condition='true') %}
    select
        '{{ indicator }}', latest_state.{{ key }}, latest_state.launched_on, first_state.ward_key, latest_state.{{ breakdown_column }}, 1, 0,
        '{{ feed }}', latest_state.file_id, latest_state.line_no
    from {{ relation }} as latest_state
    inner join (
        select distinct on ({{ key }}) {{ key }}, ward_key
        from {{ relation }}
        order by {{ key }}, valid_from
    ) as first_state on first_state.{{ key }} = latest_state.{{ key }}
    where latest_state.is_last and not latest_state.is_mistake and {{ condition }}
{% endmacro %}
