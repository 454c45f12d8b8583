-- The next build creates the first with numbers of series in place of their keys, which take half the space; the second is no
-- longer stored.
drop table if exists intermediate.int_measure;
drop table if exists intermediate.int_stock_level;

-- The snapshots of registers were copied into staging; the next build creates views there.
do $$
declare
    register text;
begin
    foreach register in array array[
        'stg_camera_register', 'stg_fire_safety_register', 'stg_model_points', 'stg_model_register'
    ] loop
        if exists (select from pg_tables where schemaname = 'staging' and tablename = register) then
            execute format('drop table staging.%I', register);
        end if;
        execute format('drop table if exists changes.%I', register);
    end loop;
end $$;
