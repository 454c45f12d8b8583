{#
    Empties a seed with delete, because the truncate of dbt waits for readers and blocks them. If the columns of the CSV
    have changed, the table is dropped and created again.
#}
{% macro postgres__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
    {%- set present = adapter.get_columns_in_relation(old_relation) | map(attribute='name') | list -%}
    {% if present != agate_table.column_names | list %}
        {{ adapter.drop_relation(old_relation) }}
        {{ return(create_csv_table(model, agate_table)) }}
    {% endif %}
    {% call statement('_') %}delete from {{ old_relation }}{% endcall %}
    {{ return('delete from ' ~ old_relation) }}
{% endmacro %}
