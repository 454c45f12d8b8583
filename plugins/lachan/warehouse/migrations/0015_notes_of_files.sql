-- What the contract allows, or what every reader would do, is told apart from irregularities, which the gate counts.
alter table ops.export_file add column notes text[] not null default '{}';
