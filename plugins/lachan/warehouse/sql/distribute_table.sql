select create_distributed_table({{ relation }}, {{ column_name }});
select truncate_local_data_after_distributing_table({{ relation }})
