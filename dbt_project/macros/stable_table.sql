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
    {%- set found = structure_of(target_table) -%}
    {% call statement('finish') %}
        {{ add_keys_and_indexes(target_table, keys, found) }}
        {% if config.get('records_changes') %}{{ renew_change_table(target_table) }};{% endif %}
        {% if config.get('is_published') %}{{ record_unpublished_sentences(target_table) }};{% endif %}
        analyze {{ target_table }};
    {% endcall %}
    {% do apply_grants(target_table, config.get('grants'), should_revoke=False) %}
    {% do persist_docs(target_table, model) %}
{% endmacro %}

{# Replaces the rows that differ from the whole model, after giving the table the columns, keys and comments of the model. #}
{% macro replace_all_rows(target_table, keys, sql) %}
    {%- set computed = make_temp_relation(target_table) -%}
    {% call statement('compute') %}{{ create_table_as(True, computed, sql) }} analyze {{ computed }};{% endcall %}
    {%- set wanted = columns_of(computed) -%}
    {%- set found = structure_of(target_table) -%}
    {% do refuse_lost_columns(target_table, found.columns, wanted) %}
    {% call statement('main') %}
        {% for name, type in wanted.items() if name not in found.columns %}
        alter table {{ target_table }} add column {{ adapter.quote(name) }} {{ type }};
        {% endfor %}
        {% if found.primary_key and found.primary_key != primary_key(keys) | join(',') %}
        alter table {{ target_table }} drop constraint {{ adapter.quote(found.primary_key_name) }};
        {% endif %}
        {% if config.get('records_changes') %}{{ renew_change_table(target_table) }};{% endif %}
        {{ replace_different_rows(computed, target_table, wanted.keys(), keys, 'true', false) }};
        {{ add_keys_and_indexes(target_table, keys, found) }}
        analyze {{ target_table }};
        drop table {{ computed }};
    {% endcall %}
    {% do apply_grants(target_table, config.get('grants'), should_revoke=should_revoke(target_table, False)) %}
    {% do persist_docs(target_table, model) %}
{% endmacro %}

{# Replaces the rows of the scope that differ, in one statement list: an incremental build spends most of its time between statements. #}
{% macro replace_changed_rows(target_table, keys, sql) %}
    {%- set computed = make_temp_relation(target_table) -%}
    {%- set scope = config.get('scope', []) -%}
    create temporary table {{ computed.identifier }} on commit drop as {{ sql }};
    analyze {{ computed.identifier }};
    {{ replace_different_rows(computed.identifier, target_table, columns_of(target_table).keys(), keys, context[scope[0]]('old', *scope[1:]) if scope else 'true', config.get('records_changes')) }};
    {{ analyze_after_growth(target_table) }}
{% endmacro %}

{#
    Deletes the rows of the target in the scope that the model no longer returns, or returns with other values; inserts the
    others. The keys of the rows that stay are collected first: a scope may read the target itself, so after the deletion it
    would be another one; and planned for a table that was small, the insertion would look every row up among its own. Rows
    are inserted in the order of their keys, so that those of a window or an item lie together.
#}
{% macro replace_different_rows(computed, target_table, column_names, keys, scope, records_changes) %}
    {%- set columns = [] -%}
    {%- for name in column_names %}{% do columns.append(adapter.quote(name)) %}{% endfor -%}
    {%- set names = columns | join(', ') -%}
    {%- set compared = config.get('compared') or columns -%}
    create temporary table unchanged_row on commit drop as
    select {{ keys | join(', ') }} from {{ target_table }} as old
    where {{ scope }} and exists (
        select from {{ computed }} as new
        where {{ same_key(keys) }} and (new.{{ compared | join(', new.') }}) is not distinct from (old.{{ compared | join(', old.') }})
    );
    {% call recorded(target_table, names, 'false', records_changes) -%}
    delete from {{ target_table }} as old
    where {{ scope }} and not exists (select from unchanged_row as new where {{ same_key(keys) }})
    {%- endcall %};
    {% call recorded(target_table, names, 'true', records_changes) -%}
    insert into {{ target_table }} ({{ names }})
    select {{ names }} from {{ computed }} as new
    where not exists (select from unchanged_row as old where {{ same_key(keys) }})
    order by {{ keys | join(', ') }}
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

{# Raises an error for a column that the model has removed or retyped, because views of users may depend on it. #}
{% macro refuse_lost_columns(target_table, existing, wanted) %}
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
{% endmacro %}

{# The columns of the primary key: those of the model's contract, else its unique_key. #}
{% macro primary_key(keys) %}
    {%- for constraint in model.constraints if constraint.type == 'primary_key' %}{{ return(constraint.columns) }}{% endfor -%}
    {{ return(keys) }}
{% endmacro %}

{# The primary key, not_null constraints and indexes of the model that a table lacks, once its rows satisfy them. #}
{% macro add_keys_and_indexes(target_table, keys, found) %}
    {%- if found.primary_key != primary_key(keys) | join(',') %}
        alter table {{ target_table }} add primary key ({{ primary_key(keys) | join(', ') }});
    {% endif %}
    {%- for column in model.columns.values() if column.name not in found.not_null and 'not_null' in column.constraints | map(attribute='type') | list %}
        alter table {{ target_table }} alter column {{ adapter.quote(column.name) }} set not null;
    {% endfor %}
    {%- for index in config.get('indexes', []) if index.columns | join(',') not in found.indexes %}
        {{ get_create_index_sql(target_table, index) }};
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

{# Of a table: its columns as columns_of gives them, the columns that are never null, and the columns of its primary key and indexes. #}
{% macro structure_of(relation) %}
    {%- set of_table = "'" ~ relation ~ "'::regclass" -%}
    {%- set rows = run_query(
        "select 'column' as kind, attname as name, format_type(atttypid, atttypmod) as value, attnum as place"
        ~ " from pg_attribute where attrelid = " ~ of_table ~ " and attnum > 0 and not attisdropped"
        ~ " union all select 'not null', attname, '', attnum from pg_attribute where attrelid = " ~ of_table ~ " and attnum > 0 and attnotnull"
        ~ " union all select case when indisprimary then 'primary key' else 'index' end, relname,"
        ~ " array_to_string(array(select attname from unnest(indkey) with ordinality as part (number, part_no)"
        ~ " inner join pg_attribute on attrelid = indrelid and attnum = number order by part_no), ','), 0"
        ~ " from pg_index inner join pg_class on pg_class.oid = indexrelid where indrelid = " ~ of_table ~ " order by place"
    ).rows -%}
    {%- set found = {'columns': {}, 'not_null': [], 'indexes': [], 'primary_key': none, 'primary_key_name': none} -%}
    {% for kind, name, value, _ in rows %}
        {% if kind == 'column' %}{% do found.columns.update({name: value}) %}
        {% elif kind == 'not null' %}{% do found.not_null.append(name) %}
        {% else %}
            {% do found.indexes.append(value) %}
            {% if kind == 'primary key' %}{% do found.update({'primary_key': value, 'primary_key_name': name}) %}{% endif %}
        {% endif %}
    {% endfor %}
    {{ return(found) }}
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
    from (
        select window_key from {{ ref('int_indicator_window') }}
        union
        select window_key from reporting.figure_window
    ) as known
    cross join (select indicator_group from {{ ref('indicators') }} union select 'common') as indicator_group
    {%- else -%}
    select distinct 'figure', indicator.indicator_group, touched.window_key
    from {{ ref('int_touched_window') }} as touched
    inner join {{ ref('indicators') }} as indicator on indicator.feed = touched.feed
    {%- endif %}
    on conflict do nothing
{% endmacro %}
