{#
    A table that is never dropped, truncated or locked against readers. dbt's own table materialization drops the old
    table with cascade, which also drops the views that users have created on it. Here the model is computed into a
    temporary table, and only the rows that differ, by unique_key, are deleted from and inserted into the target.
#}
{% materialization stable_table, adapter='postgres' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_table = this.incorporate(type='table') -%}
    {%- set unique_key = config.require('unique_key') -%}
    {%- set keys = [unique_key] if unique_key is string else unique_key -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% if existing is none %}
        {% call statement('main') %}{{ create_table_as(False, target_table, sql) }}{% endcall %}
        {% do create_indexes(target_table) %}
        {% do run_query('analyze ' ~ target_table) %}
    {% elif not existing.is_table %}
        {% do exceptions.raise_compiler_error(
            existing ~ ' is a ' ~ existing.type ~ ', not a table: drop it by hand, then build again') %}
    {% else %}
        {%- set computed = make_temp_relation(target_table) -%}
        {% do run_query(create_table_as(True, computed, sql)) %}
        {% do add_new_columns(computed, target_table) %}
        {% do run_query('analyze ' ~ computed) %}
        {% set is_new_key = drop_other_primary_key(target_table) %}
        {% do run_query(delete_missing_or_changed(computed, target_table, keys)) %}
        {% call statement('main') %}{{ insert_missing(computed, target_table, keys) }}{% endcall %}
        {% do add_new_constraints(target_table, is_new_key) %}
        {% do run_query('drop table ' ~ computed) %}
    {% endif %}

    {% do apply_grants(target_table, config.get('grants'), should_revoke=should_revoke(existing, False)) %}
    {% do persist_docs(target_table, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_table]}) }}
{% endmaterialization %}

{#
    Adds new columns of the model to the table. A removed or retyped column raises an error, because views of users may
    depend on it.
#}
{% macro add_new_columns(computed, target_table) %}
    {%- set changes = check_for_schema_changes(computed, target_table) -%}
    {%- set removed = changes['target_not_in_source'] | map(attribute='name') | list -%}
    {%- set retyped = changes['new_target_types'] | map(attribute='column_name') | list -%}
    {% if removed or retyped %}
        {% do exceptions.raise_compiler_error(
            target_table ~ ': the model no longer has column(s) ' ~ removed ~ ' and gives another type to ' ~ retyped
            ~ '. Nothing was changed, because views of users may depend on them. Keep the column in the model,'
            ~ ' or alter the table by hand (alter table ... drop column / alter column type), then build again') %}
    {% endif %}
    {% for column in changes['source_not_in_target'] %}
        {% do run_query('alter table ' ~ target_table ~ ' add column ' ~ column.quoted ~ ' ' ~ type_of(computed, column.name)) %}
    {% endfor %}
{% endmacro %}

{#
    Drops the primary key of a table if the model declares another one or none; returns whether the table lacks the
    declared key, so that it is added once the rows satisfy it.
#}
{% macro drop_other_primary_key(target_table) %}
    {%- set declared = [] -%}
    {%- for constraint in model.constraints if constraint.type == 'primary_key' %}{% do declared.extend(constraint.columns) %}{% endfor -%}
    {%- set found = run_query(
        "select conname, (select string_agg(attname, ',' order by place) from unnest(conkey) with ordinality as part (number, place)"
        ~ " inner join pg_attribute on attrelid = conrelid and attnum = number)"
        ~ " from pg_constraint where conrelid = '" ~ target_table ~ "'::regclass and contype = 'p'"
    ) -%}
    {% if found.rows and found.rows[0][1] != declared | join(',') %}
        {% do run_query('alter table ' ~ target_table ~ ' drop constraint ' ~ adapter.quote(found.rows[0][0])) %}
        {{ return(declared != []) }}
    {% endif %}
    {{ return(declared != [] and not found.rows) }}
{% endmacro %}

{# Adds the declared primary key, if the table lacks it, and the not_null constraints that the model has gained. #}
{% macro add_new_constraints(target_table, is_new_key) %}
    {% for constraint in model.constraints if is_new_key and constraint.type == 'primary_key' %}
        {% do run_query('alter table ' ~ target_table ~ ' add primary key (' ~ constraint.columns | join(', ') ~ ')') %}
    {% endfor %}
    {%- set nullable = run_query(
        "select attname from pg_attribute where attrelid = '" ~ target_table ~ "'::regclass and attnum > 0 and not attnotnull"
    ).columns[0].values() | list -%}
    {% for column in model.columns.values() if column.name in nullable and 'not_null' in column.constraints | map(attribute='type') | list %}
        {% do run_query('alter table ' ~ target_table ~ ' alter column ' ~ adapter.quote(column.name) ~ ' set not null') %}
    {% endfor %}
{% endmacro %}

{# The declared type of a column. dbt itself reports every array type as ARRAY. #}
{% macro type_of(relation, name) %}
    {%- set found = run_query(
        "select format_type(atttypid, atttypmod) from pg_attribute where attrelid = '" ~ relation ~ "'::regclass and attname = '" ~ name ~ "'"
    ) -%}
    {{ return(found.rows[0][0]) }}
{% endmacro %}

{# Deletes the rows of the target that the model no longer returns, or returns with other values. #}
{% macro delete_missing_or_changed(computed, target_table, keys) %}
    {%- set columns = adapter.get_columns_in_relation(computed) | map(attribute='quoted') | list -%}
    delete from {{ target_table }} as old
    where not exists (
        select from {{ computed }} as new
        where {{ same_key(keys) }}
          and (new.{{ columns | join(', new.') }}) is not distinct from (old.{{ columns | join(', old.') }})
    )
{% endmacro %}

{# Inserts the rows of the model whose key is not in the target; it runs after the delete. #}
{% macro insert_missing(computed, target_table, keys) %}
    {%- set columns = adapter.get_columns_in_relation(computed) | map(attribute='quoted') | join(', ') -%}
    insert into {{ target_table }} ({{ columns }})
    select {{ columns }} from {{ computed }} as new
    where not exists (select from {{ target_table }} as old where {{ same_key(keys) }})
{% endmacro %}

{% macro same_key(keys) %}
    {%- for key in keys %}new.{{ key }} = old.{{ key }}{{ ' and ' if not loop.last }}{% endfor -%}
{% endmacro %}
