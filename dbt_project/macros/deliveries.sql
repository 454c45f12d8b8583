{#
    Fixes the deliveries that this build reads, for all feeds at once: what the gate accepts, or a person retracts, while
    the build runs belongs to the next one. The second part of a build, after a group of models has failed, keeps them.
#}
{% macro fix_deliveries_in_force() %}
    {% if var('deliveries_are_fixed', false) %}{{ return('') }}{% endif %}
    delete from ops.delivery_in_force;
    insert into ops.delivery_in_force (
        file_id, feed, export_date, delivery_id, delivered_at, path, acceptance_no, is_replay, rows_loaded, rows_quarantined
    )
    select
        file_id, feed, export_date, delivery_id, delivered_at, path, acceptance_no, is_replay, rows_loaded, rows_quarantined
    from ops.delivery
    where standing = 'accepted'
{% endmacro %}

{#
    The files of a feed whose rows have to come into staging or to leave it: in force but not applied, applied but no
    longer in force, or in force on another day or in another order than they were applied.
#}
{% macro changed_deliveries(feed) %}
    select
        coalesce(wanted.file_id, applied.file_id) as file_id,
        wanted.export_date,
        applied.export_date as applied_export_date
    from (select * from {{ source('ops', 'delivery_in_force') }} where feed = '{{ feed }}') as wanted
    full join (select * from {{ source('ops', 'applied_delivery') }} where feed = '{{ feed }}') as applied
        on applied.file_id = wanted.file_id
    where (wanted.export_date, wanted.delivered_at) is distinct from (applied.export_date, applied.delivered_at)
{% endmacro %}

{#
    Runs in the transaction of the staging model, before its rows are inserted: removes what changed deliveries may have
    given another state, of changes by key and of a register by export date.
#}
{% macro remove_changed_rows(feed) %}
    {%- set declared = feeds()[feed] -%}
    {% if not is_incremental() %}
        select
    {% elif declared.delivery == 'changes' %}
        delete from {{ this }}
        where {{ declared.key }} in (
            select changed_row.{{ declared.key }}
            from {{ source('raw', feed) }} as changed_row
            inner join ({{ changed_deliveries(feed) }}) as changed on changed.file_id = changed_row.file_id
        )
    {% else %}
        delete from {{ this }}
        using ({{ changed_deliveries(feed) }}) as changed
        where {{ this.identifier }}.export_date in (changed.export_date, changed.applied_export_date)
    {% endif %}
{% endmacro %}

{# Runs in the same transaction, after the rows are inserted: a delivery is applied only if its rows are committed too. #}
{% macro mark_deliveries_applied(feed) %}
    delete from ops.applied_delivery where feed = '{{ feed }}'
        and not exists (
            select from ops.delivery_in_force as wanted
            where wanted.file_id = applied_delivery.file_id
              and (wanted.export_date, wanted.delivered_at) = (applied_delivery.export_date, applied_delivery.delivered_at)
        );
    insert into ops.applied_delivery (file_id, feed, export_date, delivered_at, applied_by)
    select file_id, feed, export_date, delivered_at, '{{ invocation_id }}'
    from ops.delivery_in_force
    where feed = '{{ feed }}'
    on conflict (file_id) do nothing
{% endmacro %}
