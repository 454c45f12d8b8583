{#
    Fixes what this build reads of deliveries, for all feeds at once: what the gate accepts, or a person retracts, while
    the build runs belongs to the next one. The second part of a build, after a group of models has failed, keeps it.
#}
{% macro fix_deliveries() %}
    {% if var('deliveries_are_fixed', false) %}{{ return('') }}{% endif %}
    create temporary table current_delivery on commit drop as
    select
        file_id, feed, export_date, delivery_id, delivered_at, path, acceptance_no, is_replay, rows_loaded, rows_quarantined,
        standing, coalesce(why like '%share_dated_elsewhere%', false) as is_misdated
    from ops.delivery
    where export_date is not null and standing <> 'duplicate';

    {{ fix_rows('ops.delivery_in_force', "wanted.standing = 'accepted'",
        ['export_date', 'delivered_at', 'acceptance_no', 'rows_loaded', 'rows_quarantined'],
        ['feed', 'delivery_id', 'path', 'is_replay']) }};
    {{ fix_rows('ops.delivery_not_in_force', "wanted.standing <> 'accepted'",
        ['export_date', 'delivered_at', 'standing', 'is_misdated'],
        ['feed', 'delivery_id', 'is_replay']) }}
{% endmacro %}

{#
    Makes a table equal to those current deliveries for which `condition` holds, and records the days of the rows that differ
    in one of the columns `compared`; the columns `others` of a load never change.
#}
{% macro fix_rows(table, condition, compared, others) %}
    {%- set names = ['file_id'] + compared + others -%}
    with gone as (
        delete from {{ table }} as fixed
        where not exists (
            select from current_delivery as wanted
            where {{ condition }} and wanted.file_id = fixed.file_id
              and (wanted.{{ compared | join(', wanted.') }}) is not distinct from (fixed.{{ compared | join(', fixed.') }})
        )
        returning feed, export_date
    )
    insert into changes.standing (feed, export_date) select feed, export_date from gone;

    with come as (
        insert into {{ table }} ({{ names | join(', ') }})
        select wanted.{{ names | join(', wanted.') }}
        from current_delivery as wanted
        where {{ condition }} and not exists (select from {{ table }} as fixed where fixed.file_id = wanted.file_id)
        returning feed, export_date
    )
    insert into changes.standing (feed, export_date) select feed, export_date from come
{%- endmacro %}

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
    The rows of staging that changed deliveries may have given another state, by key. The keys are passed as an array, so
    that they are looked up in the index of staging: the planner does not know how few they are, and would read the whole
    table to join it with them.
#}
{% macro delivery_scope(row, feed) %}
    {%- set declared = feeds()[feed] -%}
    {% if is_full_build() %}
        true
    {% else %}
        {{ row }}.{{ declared.key }} = any(array(
            select changed_row.{{ declared.key }}
            from {{ source('raw', feed) }} as changed_row
            where changed_row.file_id = any(array(select file_id from ({{ changed_deliveries(feed) }}) as changed))
        ))
    {% endif %}
{% endmacro %}

{# Runs in the transaction of the staging model, after its rows are replaced: a delivery is applied only if its rows are. #}
{% macro mark_deliveries_applied(feed) %}
    {% if not is_full_build() %}
    insert into changes.delivery (feed, export_date)
    select '{{ feed }}', unnest(array[changed.export_date, changed.applied_export_date])
    from ({{ changed_deliveries(feed) }}) as changed;
    {% endif %}
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
