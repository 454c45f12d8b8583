-- Notes the definitions of the views of the temporary table dependent_view, and lets them read nothing, so that what they read can be
-- replaced. For migrations from 0036 on.
do $$
declare
    dependent record;
    path text := current_setting('search_path');
begin
    perform set_config('search_path', 'pg_catalog', true); -- so that definitions name the schema of every table
    update dependent_view set definition = pg_get_viewdef(view_id);
    perform set_config('search_path', path, true);
    for dependent in
        select
            view_name,
            (
                select string_agg(format('null::%s as %I', format_type(atttypid, atttypmod), attname), ', ' order by attnum)
                from pg_attribute
                where attrelid = view_id and attnum > 0 and not attisdropped
            ) as columns
        from dependent_view
    loop
        execute format('create or replace view %s as select %s where false', dependent.view_name, dependent.columns);
    end loop;
end $$;
