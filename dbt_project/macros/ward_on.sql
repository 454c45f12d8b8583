{#
    Join condition on int_ward_spelling: the ward that a spelling meant on a day. `ward` is the alias of
    int_ward_spelling. Where nothing matches, the models use the ward key 'unknown'.
#}
{% macro ward_on(ward, spelling, day) -%}
    {{ ward }}.ward_spelling = {{ spelling }}
    and {{ day }} between {{ ward }}.valid_from and coalesce({{ ward }}.valid_to, 'infinity')
{%- endmacro %}
