{#
    A view that is replaced in place, and only when its definition has changed. dbt's own view materialization drops
    the old view with cascade, which also drops the views that users have created on it. An unchanged view is not
    replaced, because `create or replace view` waits for the queries that read the view.
#}
{% materialization stable_view, adapter='postgres' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_view = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- set changed = true -%}
    {% if existing is not none %}
        {% do run_query('create temporary view stable_view_new as ' ~ sql) %}
        {%- set changed = run_query(
            "select pg_get_viewdef('stable_view_new'::regclass) <> pg_get_viewdef('" ~ target_view ~ "'::regclass)"
        ).rows[0][0] -%}
        {% do run_query('drop view stable_view_new') %}
    {% endif %}
    {% call statement('main') -%}
        {{ 'create or replace view ' ~ target_view ~ ' as ' ~ sql if changed else 'select' }}
    {%- endcall %}
    {% do apply_grants(target_view, config.get('grants'), should_revoke=false) %}
    {% if changed %}{% do persist_docs(target_view, model) %}{% endif %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target_view]}) }}
{% endmaterialization %}
