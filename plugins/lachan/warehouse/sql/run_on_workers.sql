-- Runs statements on every worker, where they are not repeated on the other nodes; returns the workers that failed.
select nodename, nodeport, result
from run_command_on_workers('set citus.enable_ddl_propagation to off;' || {{ command }})
where not success
