{#
    Sets all comments of a relation in one statement list, where dbt's own macro runs four statements. A described column that
    the relation lacks is an error, not a warning.
#}
{% macro postgres__persist_docs(relation, model, for_relation, for_columns) %}
    {%- set comments -%}
        {% if for_relation and config.persist_relation_docs() and model.description %}{{ alter_relation_comment(relation, model.description) }}{% endif %}
        {% for name, column in model.columns.items() if for_columns and config.persist_column_docs() %}
        comment on column {{ relation }}.{{ adapter.quote(name) }} is {{ postgres_escape_comment(column.description) }};
        {% endfor %}
    {%- endset -%}
    {% if comments | trim %}{% call statement('comments') %}{{ comments }}{% endcall %}{% endif %}
{% endmacro %}
