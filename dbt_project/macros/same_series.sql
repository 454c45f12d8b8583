{# Whether a row of int_figure_series is that of a row with the keys of a series. `ward_basis`: an expression instead of its column. #}
{% macro same_series(series, row, ward_basis=none) -%}
    {{ series }}.indicator_key = {{ row }}.indicator_key
    and {{ series }}.ward_basis = {{ ward_basis or row ~ '.ward_basis' }}
    and {{ series }}.ward_key = {{ row }}.ward_key
    and {{ series }}.breakdown_value = {{ row }}.breakdown_value
{%- endmacro %}
