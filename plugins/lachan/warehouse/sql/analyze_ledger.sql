analyze ops.export_file
