{#
    Copies the column comments of a raw table, which come from the contract, to its staging table: dbt itself
    documents only the key columns of staging.
#}
{% macro copy_raw_comments(feed) %}
    {% if not is_full_build() %}{{ return('') }}{% endif %}
    do $$
    declare raw_column record;
    begin
        for raw_column in
            select attname as name, coalesce(col_description(attrelid, attnum), '') as comment_text
            from pg_attribute
            where attrelid = 'raw.{{ feed }}'::regclass and attnum > 0 and not attisdropped
            union all
            values
                ('export_date', 'Day that the file reports'),
                ('acceptance_no', 'Order in which the gate accepted the file')
        loop
            execute format('comment on column {{ this }}.%I is %L', raw_column.name, raw_column.comment_text);
        end loop;
    end $$
{% endmacro %}
