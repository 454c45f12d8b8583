{#
    The number of a window: 16 for each day from 1 January 2000 to its first one, and the place of its length and basis among
    the 16. So windows that begin on the same day lie together, and later ones after them. Null for an unknown kind or basis.
#}
{% macro window_number(reporting_window) -%}
    (
        ({{ reporting_window }}.starts_on - date '2000-01-01') * 16
        + array_position(array['day', 'week', 'month', 'quarter', 'half_year', 'nine_months', 'year'], {{ reporting_window }}.kind) * 2
        + array_position(array['calendar', 'administrative'], {{ reporting_window }}.basis) - 3
    )
{%- endmacro %}
