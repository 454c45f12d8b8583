{#
    Empties a seed with delete, because the truncate of dbt waits for readers and blocks them. Columns that the CSV has
    gained are added. A column that it has lost raises an error, because views of users may depend on it.
#}
{% macro postgres__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
    {%- set present = columns_of(old_relation).keys() | list -%}
    {%- set declared = agate_table.column_names | list -%}
    {% if present | reject('in', declared) | list %}
        {% do exceptions.raise_compiler_error(
            old_relation ~ ': the CSV no longer has column(s) ' ~ present | reject('in', declared) | list
            ~ '. Nothing was changed, because views of users may depend on them. Keep the column in the CSV, or drop it by'
            ~ ' hand (alter table ... drop column), then build again') %}
    {% endif %}
    {% call statement('_') %}
        delete from {{ old_relation }};
        {% for name in declared if name not in present %}
        alter table {{ old_relation }} add column {{ adapter.quote(name) }} {{ model.config.column_types.get(name) or adapter.convert_type(agate_table, declared.index(name)) }};
        {% endfor %}
    {% endcall %}
    {{ return('delete from ' ~ old_relation) }}
{% endmacro %}
