select exists(select from ops.export_file where rows_loaded > 0) as has_rows
