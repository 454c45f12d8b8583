-- The login of backups copies Airflow's database as well, if it is on this server (local/airflow_database.py makes it).
do $$
begin
    if exists (select from pg_database where datname = 'airflow') then
        execute format('grant connect on database airflow to %I', {{ login_name }});
    end if;
end $$;
