-- What sessions of this database define stays on the coordinator (warehouse/distribution.py says why).
select set_config('citus.enable_ddl_propagation', 'off', true);

do $$
begin
    execute format('alter database %I set citus.enable_ddl_propagation to off', current_database());
end $$
