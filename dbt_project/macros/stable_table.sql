{#
    A table that is never dropped, truncated or locked against readers. dbt's own table materialization drops the old
    table with cascade, which also drops the views that users have created on it. Here the model is computed into a
    temporary table, and only the rows that differ, by unique_key, are deleted from and inserted into the target.

    unique_key: the columns that identify a row, the primary key unless the model declares one.
    compared: the columns by which two rows with the same key are known to be equal; all by default.
    scope: the macro, with its further arguments, that gives the condition for the rows that an incremental build computes
    (macros/scopes.sql). Without it every build computes the whole model.
    records_changes: whether the rows that differ are recorded for the models downstream.
    is_published: whether the windows of the sentences that differ are recorded for the audit and the publication.
#}
{% materialization stable_table, adapter='postgres' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_table = this.incorporate(type='table') -%}
    {%- set unique_key = config.require('unique_key') -%}
    {%- set keys = [unique_key] if unique_key is string else unique_key -%}

    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% if existing is none %}
        {% do create_stable_table(target_table, keys, sql) %}
    {% elif not existing.is_table %}
        {% do exceptions.raise_compiler_error(
            existing ~ ' is a ' ~ existing.type ~ ', not a table: drop it by hand, then build again') %}
    {% elif is_full_build() %}
        {% do replace_all_rows(target_table, keys, sql) %}
    {% else %}
        {# The project is that of the last complete build, so the table has the columns and keys of the model. #}
        {% call statement('main') %}{{ replace_changed_rows(target_table, keys, sql) }}{% endcall %}
    {% endif %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target_table]}) }}
{% endmaterialization %}

{% macro create_stable_table(target_table, keys, sql) %}
    {% call statement('main') %}{{ create_table_as(False, target_table, sql) }}{% endcall %}
    {% do create_indexes(target_table) %}
    {% do add_new_constraints(target_table, keys, model.constraints | selectattr('type', 'equalto', 'primary_key') | list == []) %}
    {% if config.get('records_changes') %}{% do run_query(renew_change_table(target_table)) %}{% endif %}
    {% if config.get('is_published') %}{% do run_query(record_unpublished_sentences(target_table)) %}{% endif %}
    {% do run_query('analyze ' ~ target_table) %}
    {% do apply_grants(target_table, config.get('grants'), should_revoke=False) %}
    {% do persist_docs(target_table, model) %}
{% endmacro %}

{# Replaces the rows that differ from the whole model, after giving the table the columns, keys and comments of the model. #}
{% macro replace_all_rows(target_table, keys, sql) %}
    {%- set computed = make_temp_relation(target_table) -%}
    {% do run_query(create_table_as(True, computed, sql)) %}
    {% do add_new_columns(computed, target_table) %}
    {% do run_query('analyze ' ~ computed) %}
    {% set is_new_key = drop_other_primary_key(target_table, keys) %}
    {% if config.get('records_changes') %}{% do run_query(renew_change_table(target_table)) %}{% endif %}
    {% call statement('main') %}{{ replace_different_rows(computed, target_table, keys, 'true', false) }}{% endcall %}
    {% do add_new_constraints(target_table, keys, is_new_key) %}
    {% do create_missing_indexes(target_table) %}
    {% do run_query('analyze ' ~ target_table) %}
    {% do run_query('drop table ' ~ computed) %}
    {% do apply_grants(target_table, config.get('grants'), should_revoke=should_revoke(target_table, False)) %}
    {% do persist_docs(target_table, model) %}
{% endmacro %}

{# Replaces the rows of the scope that differ, in one statement list: an incremental build spends most of its time between statements. #}
{% macro replace_changed_rows(target_table, keys, sql) %}
    {%- set computed = make_temp_relation(target_table) -%}
    {%- set scope = config.get('scope', []) -%}
    create temporary table {{ computed.identifier }} on commit drop as {{ sql }};
    analyze {{ computed.identifier }};
    {{ replace_different_rows(computed.identifier, target_table, keys, context[scope[0]]('old', *scope[1:]) if scope else 'true', config.get('records_changes')) }};
    {{ analyze_after_growth(target_table) }}
{% endmacro %}

{#
    Deletes the rows of the target in the scope that the model no longer returns, or returns with other values; inserts the
    others. The keys that are left are read before rows are inserted: planned for a table that was small, the statement
    would otherwise look every row up among those that it has just inserted.
#}
{% macro replace_different_rows(computed, target_table, keys, scope, records_changes) %}
    {%- set columns = [] -%}
    {%- for name in columns_of(target_table) %}{% do columns.append(adapter.quote(name)) %}{% endfor -%}
    {%- set names = columns | join(', ') -%}
    {%- set compared = config.get('compared') or columns -%}
    {% call recorded(target_table, names, 'false', records_changes) -%}
    delete from {{ target_table }} as old
    where {{ scope }} and not exists (
        select from {{ computed }} as new
        where {{ same_key(keys) }} and (new.{{ compared | join(', new.') }}) is not distinct from (old.{{ compared | join(', old.') }})
    )
    {%- endcall %};
    {% call recorded(target_table, names, 'true', records_changes) -%}
    insert into {{ target_table }} ({{ names }})
    with left_over as materialized (select {{ keys | join(', ') }} from {{ target_table }} as old where {{ scope }})
    select {{ names }} from {{ computed }} as new
    where not exists (select from left_over as old where {{ same_key(keys) }})
    {%- endcall %}
{% endmacro %}

{# The statement of the caller, which also records the rows that it deletes or inserts, or their windows. #}
{% macro recorded(target_table, names, is_new, records_changes) %}
    {%- if records_changes -%}
        with changed as ({{ caller() }} returning *)
        insert into {{ change_table(target_table.identifier) }} (build_id, is_new, {{ names }})
        select '{{ invocation_id }}', {{ is_new }}, {{ names }} from changed
    {%- elif config.get('is_published') -%}
        with changed as ({{ caller() }} returning *)
        {{ record_unpublished_sentences('changed') }}
    {%- else -%}
        {{ caller() }}
    {%- endif -%}
{% endmacro %}

{% macro same_key(keys) %}
    {%- for key in keys %}new.{{ key }} = old.{{ key }}{{ ' and ' if not loop.last }}{% endfor -%}
{% endmacro %}

{#
    Adds new columns of the model to the table. A removed or retyped column raises an error, because views of users may
    depend on it.
#}
{% macro add_new_columns(computed, target_table) %}
    {%- set wanted = columns_of(computed) -%}
    {%- set existing = columns_of(target_table) -%}
    {%- set removed = existing.keys() | reject('in', wanted) | list -%}
    {%- set retyped = [] -%}
    {% for name, type in wanted.items() if existing.get(name, type) != type %}
        {% do retyped.append(name ~ ' (' ~ type ~ ', not ' ~ existing[name] ~ ')') %}
    {% endfor %}
    {% if removed or retyped %}
        {% do exceptions.raise_compiler_error(
            target_table ~ ': the model no longer has column(s) ' ~ removed ~ ' and gives another type to ' ~ retyped
            ~ '. Nothing was changed, because views of users may depend on them. Keep the column in the model,'
            ~ ' or alter the table by hand (alter table ... drop column / alter column type), then build again') %}
    {% endif %}
    {% for name, type in wanted.items() if name not in existing %}
        {% do run_query('alter table ' ~ target_table ~ ' add column ' ~ adapter.quote(name) ~ ' ' ~ type) %}
    {% endfor %}
{% endmacro %}

{#
    Drops the primary key of a table if it is not the one that the model has now; returns whether the table lacks it, so
    that it is added once the rows satisfy it.
#}
{% macro drop_other_primary_key(target_table, keys) %}
    {%- set found = run_query(
        "select conname, (select string_agg(attname, ',' order by place) from unnest(conkey) with ordinality as part (number, place)"
        ~ " inner join pg_attribute on attrelid = conrelid and attnum = number)"
        ~ " from pg_constraint where conrelid = '" ~ target_table ~ "'::regclass and contype = 'p'"
    ) -%}
    {% if found.rows and found.rows[0][1] != primary_key(keys) | join(',') %}
        {% do run_query('alter table ' ~ target_table ~ ' drop constraint ' ~ adapter.quote(found.rows[0][0])) %}
        {{ return(true) }}
    {% endif %}
    {{ return(not found.rows) }}
{% endmacro %}

{# The columns of the primary key: those of the model's contract, else its unique_key. #}
{% macro primary_key(keys) %}
    {%- for constraint in model.constraints if constraint.type == 'primary_key' %}{{ return(constraint.columns) }}{% endfor -%}
    {{ return(keys) }}
{% endmacro %}

{# Adds the primary key, if the table lacks it, and the not_null constraints that the model has gained. #}
{% macro add_new_constraints(target_table, keys, is_new_key) %}
    {% if is_new_key %}
        {% do run_query('alter table ' ~ target_table ~ ' add primary key (' ~ primary_key(keys) | join(', ') ~ ')') %}
    {% endif %}
    {%- set nullable = run_query(
        "select attname from pg_attribute where attrelid = '" ~ target_table ~ "'::regclass and attnum > 0 and not attnotnull"
    ).columns[0].values() | list -%}
    {% for column in model.columns.values() if column.name in nullable and 'not_null' in column.constraints | map(attribute='type') | list %}
        {% do run_query('alter table ' ~ target_table ~ ' alter column ' ~ adapter.quote(column.name) ~ ' set not null') %}
    {% endfor %}
{% endmacro %}

{# Renews the statistics of a table of which a tenth has changed since they were taken; joins with it are planned by them. #}
{% macro analyze_after_growth(target_table) -%}
    do $$ begin
        if exists(
            select from pg_class inner join pg_stat_xact_user_tables as stat on stat.relid = pg_class.oid
            where pg_class.oid = '{{ target_table }}'::regclass
              and stat.n_tup_ins + stat.n_tup_del > greatest(pg_class.reltuples, 0) / 10
        ) then analyze {{ target_table }};
        end if;
    end $$
{%- endmacro %}

{# Creates the indexes that the model has gained. #}
{% macro create_missing_indexes(target_table) %}
    {%- set found = run_query(
        "select array_to_string(array(select attname from unnest(indkey) with ordinality as part (number, place)"
        ~ " inner join pg_attribute on attrelid = indrelid and attnum = number order by place), ',')"
        ~ " from pg_index where indrelid = '" ~ target_table ~ "'::regclass"
    ).columns[0].values() | list -%}
    {% for index in config.get('indexes', []) if index.columns | join(',') not in found %}
        {% do run_query(get_create_index_sql(target_table, index)) %}
    {% endfor %}
{% endmacro %}

{#
    The columns of a table, each with its declared type. dbt's own macro reports every array type as ARRAY, and takes longer
    than most of our statements.
#}
{% macro columns_of(relation) %}
    {%- set found = run_query(
        "select attname, format_type(atttypid, atttypmod) from pg_attribute where attrelid = '" ~ relation ~ "'::regclass"
        ~ " and attnum > 0 and not attisdropped order by attnum"
    ) -%}
    {%- set columns = {} -%}
    {% for row in found.rows %}{% do columns.update({row[0]: row[1]}) %}{% endfor %}
    {{ return(columns) }}
{% endmacro %}

{# Records the windows of sentences. Sentences belong to no group. #}
{% macro record_unpublished_sentences(rows) %}
    insert into ops.unpublished_window (mart, indicator_group, window_key)
    select distinct 'report_sentence', '', window_key from {{ rows }}
    on conflict do nothing
{% endmacro %}

{#
    Records the windows whose figures this build may have changed, by group: the touched ones; after a full build all that
    have figures or had published ones, those of indicators that the catalogue no longer has too.
#}
{% macro record_unpublished_figures() %}
    insert into ops.unpublished_window (mart, indicator_group, window_key)
    {% if is_full_build() -%}
    select 'figure', indicator_group.indicator_group, known.window_key
    from (select window_key from {{ ref('int_series') }} union select window_key from reporting.figure_window) as known
    cross join (select indicator_group from {{ ref('indicators') }} union select 'common') as indicator_group
    {%- else -%}
    select distinct 'figure', indicator.indicator_group, touched.window_key
    from {{ ref('int_touched_window') }} as touched
    inner join {{ ref('indicators') }} as indicator on indicator.feed = touched.feed
    {%- endif %}
    on conflict do nothing
{% endmacro %}
