-- What has changed up to this build is in all models, so the next one need not look at it again.
do $$
declare change_table regclass;
begin
    for change_table in select oid::regclass from pg_class where relnamespace = 'changes'::regnamespace and relkind = 'r' loop
        execute format('truncate %s', change_table);
    end loop;
end $$;

delete from ops.complete_build;

insert into ops.complete_build (run_id, project_files, ledger_state, tables)
select {{ run_id }}, {{ files }}, {{ ledger_state }}, array_agg(format('%I.%I', relnamespace::regnamespace, relname))
from pg_class
where relkind = 'r' and relnamespace in ('staging'::regnamespace, 'intermediate'::regnamespace, 'marts'::regnamespace)
