{#
    The ledger of accepted files that staging has taken, one row per file. A high-water mark (the highest acceptance
    number in staging) would miss two kinds of files: those whose number was assigned earlier but committed later, and
    those without any row that became the latest state of its key.
#}
{% macro create_taken_file() %}
    create table if not exists staging.taken_file (
        file_id bigint primary key,
        feed text not null,
        export_date date,
        acceptance_no bigint not null,
        taken_by text not null,
        taken_at timestamptz not null default clock_timestamp()
    );
    comment on table staging.taken_file is 'One row is one accepted file whose rows staging has taken, and the dbt invocation that took them';
    comment on column staging.taken_file.file_id is 'File (ops.export_file)';
    comment on column staging.taken_file.feed is 'Feed of the file';
    comment on column staging.taken_file.export_date is 'Day that the file reports';
    comment on column staging.taken_file.acceptance_no is 'Order in which the gate accepted it';
    comment on column staging.taken_file.taken_by is 'dbt invocation that took it';
    comment on column staging.taken_file.taken_at is 'When it was taken';
{% endmacro %}

{# Runs in the transaction of the staging model, so a file is marked as taken only if its rows are committed too. #}
{% macro take_accepted_files(feed) %}
    insert into staging.taken_file (file_id, feed, export_date, acceptance_no, taken_by)
    select file_id, feed, export_date, acceptance_no, '{{ invocation_id }}'
    from ops.export_file
    where feed = '{{ feed }}' and gate = 'accepted'
    on conflict (file_id) do nothing
{% endmacro %}
