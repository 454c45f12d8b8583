{# Join condition: the ward that a spelling meant on a day. Without a match the ward key is 'unknown'. #}
{% macro ward_on(ward, spelling, day) -%}
    {{ ward }}.ward_spelling = {{ spelling }}
    and {{ day }} between {{ ward }}.valid_from and coalesce({{ ward }}.valid_to, 'infinity')
{%- endmacro %}
