{# What the contract says of a column is said again of the same column in staging; dbt describes only the keys. #}
{% macro describe_as_raw(feed) %}
    do $$
    declare known record;
    begin
        for known in
            select attname as name, coalesce(col_description(attrelid, attnum), '') as words
            from pg_attribute
            where attrelid = 'raw.{{ feed }}'::regclass and attnum > 0 and not attisdropped
            union all
            values
                ('export_date', 'Day that the file reports'),
                ('acceptance_no', 'Order in which the gate accepted the file')
        loop
            execute format('comment on column {{ this }}.%I is %L', known.name, known.words);
        end loop;
    end $$
{% endmacro %}
