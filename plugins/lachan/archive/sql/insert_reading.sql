insert into ops.archive_reading (archive_no, why, read_by)
values ({{ archive_no }}, {{ why }}, {{ by }})
