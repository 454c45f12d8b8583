{# Seeds are emptied with delete (dbt truncates, which waits for and blocks readers) and follow their CSV's columns. #}
{% macro postgres__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
    {%- set present = adapter.get_columns_in_relation(old_relation) | map(attribute='name') | list -%}
    {% if present != agate_table.column_names | list %}
        {{ adapter.drop_relation(old_relation) }}
        {{ return(create_csv_table(model, agate_table)) }}
    {% endif %}
    {% call statement('_') %}delete from {{ old_relation }}{% endcall %}
    {{ return('delete from ' ~ old_relation) }}
{% endmacro %}
