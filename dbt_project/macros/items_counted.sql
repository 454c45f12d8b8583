{# Of rows grouped by item_key: 1 if any row of the item counts; the sum of those without a key, each of which stands for other items. #}
{% macro items_counted(row, column) -%}
    case when {{ row }}.item_key is null then sum({{ row }}.{{ column }}) else max({{ row }}.{{ column }}) end as {{ column }}
{%- endmacro %}
