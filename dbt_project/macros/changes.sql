{#
    A build computes only what the deliveries since the last complete build have touched. Four kinds of tables in the
    schema `changes` say what that is. They keep what they hold until a build has succeeded as a whole, so that a build that
    follows one that broke off, or in which a group failed, does the rest.

    - changes.delivery: the days of deliveries that have come into force or left it, once staging has their rows
    - changes.standing: the days of all deliveries of which it has changed what became of them
    - changes.<model>: the rows that builds have deleted from a model or inserted into it (config records_changes)
    - int_touched_day and int_touched_window follow from them

    A model with the config `scope` computes the rows of its scope only; `scope` names a macro that gives the condition for
    an alias of a row. Its own SQL has to return all rows of that scope and no others, and all rows in a full build.
#}

{#
    Whether this build computes everything: with --full-refresh, and in unit tests. While dbt parses the project it does not,
    so that dbt finds every reference of a model.
#}
{% macro is_full_build() %}
    {{ return(execute and (flags.FULL_REFRESH or model.resource_type == 'unit_test')) }}
{% endmacro %}

{# The condition of the caller, which a full build does not evaluate: there it holds for every row. #}
{% macro touched() -%}
    {{ 'true' if is_full_build() else caller() }}
{%- endmacro %}

{% macro begin_changes() %}
    create table if not exists changes.delivery (feed text not null, export_date date);
    create table if not exists changes.standing (feed text not null, export_date date not null);
{% endmacro %}

{# Creates the table for the changed rows of a model, empty, with the columns that the model has now. #}
{% macro renew_change_table(target_table) %}
    drop table if exists {{ change_table(target_table.identifier) }};
    create table {{ change_table(target_table.identifier) }} as
    select ''::text as build_id, true as is_new, target.* from {{ target_table }} as target limit 0
{% endmacro %}

{% macro change_table(model_name) -%}changes.{{ model_name }}{%- endmacro %}

{# The change table of a model, which is built first. #}
{% macro changes_of(model_name) -%}
    {%- do ref(model_name) -%}{{ change_table(model_name) }}
{%- endmacro %}

{#
    The states of rows of a model that differ in one of `columns` before and after a build, both sides: `columns` of every
    row that one side has and the other lacks. Changes of other columns are left out.
#}
{% macro changed_states(model_name, columns) -%}
    (
        select distinct {{ columns | join(', ') }}
        from (
            select {{ columns | join(', ') }}
            from {{ changes_of(model_name) }}
            group by build_id, {{ columns | join(', ') }}
            having count(*) filter (where is_new) <> count(*) filter (where not is_new)
        ) as one_sided
    )
{%- endmacro %}

{# The keys and days of all rows that have changed in staging; of a register the days of changed snapshots, without keys. #}
{% macro changed_rows() -%}
    (
        {%- for feed, declared in feeds().items() %}
        {%- if declared.delivery == 'snapshot' %}
        {%- do ref('stg_' ~ feed) %}
        select '{{ feed }}' as feed, null as item_key, export_date as day from changes.delivery where feed = '{{ feed }}'
        {%- else %}
        select '{{ feed }}' as feed, {{ declared.key }} as item_key, {{ item_day(feed) }} as day from {{ changes_of('stg_' ~ feed) }}
        {%- endif %}
        {{- ' union all' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{# The day for which a row of a feed is resolved to a ward, from its columns in staging. #}
{% macro item_day(feed) -%}
    {%- set instants = item_instants(feed) -%}
    {%- if instants -%}
        {{ local_date(instants[0] if instants | length == 1 else 'coalesce(' ~ instants | join(', ') ~ ')') }}
    {%- else -%}
        {{ {'model_activities': 'occurred_on', 'mass_work_events': 'held_on'}.get(feed, 'export_date') }}
    {%- endif -%}
{%- endmacro %}

{# The columns of which the first that is not null gives that day, of feeds that report a time. #}
{% macro item_instants(feed) -%}
    {{ return({
        'tips': ['received_at'],
        'camera_extractions': ['completed_at', 'requested_at'],
        'patrol_rosters': ['planned_start'],
    }.get(feed, [])) }}
{%- endmacro %}
