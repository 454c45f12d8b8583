insert into ops.migration (number, name, sha256)
values ({{ migration.number }}, {{ migration.name }}, {{ migration.sha256 }})
