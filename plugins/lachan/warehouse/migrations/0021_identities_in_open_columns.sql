-- Identities of people where none are expected: the loader says what it found, and the gate holds the file.
alter table ops.export_file add column identity_findings text[] not null default '{}';
alter table ops.batch_profile add column identity_findings bigint not null default 0;

drop trigger keep_entries on ops.export_file;
create trigger keep_entries
before update of
    sha256, rows_read, rows_loaded, rows_quarantined, rows_duplicate, warnings, notes, identity_findings
on ops.export_file
for each row when (current_user = 'lachan_loader') execute function ops.keep_entries();
