-- Rights of each role outside `reporting`: what its stage does. Safe to run again at any time.

-- 1. What earlier releases granted and no stage needs.
revoke all on all tables in schema ops, raw
from lachan_loader, lachan_transformer, lachan_publisher, lachan_steward, lachan_auditor, lachan_analyst;
revoke all on all sequences in schema ops from lachan_loader, lachan_transformer, lachan_publisher;
revoke create on schema raw from lachan_loader;
revoke usage on schema raw, staging, intermediate from lachan_publisher;
do $$
begin
    if to_regclass('staging.stg_tips') is not null then
        revoke all on all tables in schema staging from lachan_publisher;
    end if;
end $$;
alter default privileges for role lachan_transformer in schema staging revoke select on tables from lachan_publisher;
alter default privileges for role lachan_loader in schema raw revoke select on tables from lachan_transformer, lachan_publisher;

grant usage on schema ops to lachan_loader, lachan_auditor, lachan_transformer, lachan_publisher, lachan_steward, lachan_analyst, lachan_definer;
grant usage on schema raw to lachan_loader, lachan_auditor, lachan_transformer;
grant select on ops.migration to lachan_loader, lachan_auditor, lachan_transformer, lachan_publisher, lachan_steward, lachan_analyst;
grant select on ops.export_file, ops.delivery to lachan_loader, lachan_auditor, lachan_transformer, lachan_publisher;
grant select on ops.delivery to lachan_analyst;
grant select (
    file_id, feed, path, delivery_no, replay_no, replay_of, export_date, size_bytes, delivered_at, status, reason, duplicate_of,
    encoding, unknown_columns, warnings, notes, identity_findings, rows_read, rows_loaded, rows_quarantined, rows_duplicate,
    loaded_at, read_at, run_id, gate, gate_reason, gate_at, acceptance_no
    -- neither `sha256` nor `fingerprint`: by a plain hash, guesses at a file of one line can be tested
) on ops.export_file to lachan_analyst;

-- 2. Load: enters files and rows; completes an entry in its own transaction, and renews the fingerprint of a file.
grant select, insert on all tables in schema raw to lachan_loader;
alter default privileges for role lachan_migrate in schema raw grant select, insert on tables to lachan_loader;
grant insert (
    file_id, feed, path, sha256, delivery_no, replay_no, replay_of, fingerprint, export_date, size_bytes, delivered_at, status,
    reason, duplicate_of, encoding, unknown_columns, warnings, notes, identity_findings, rows_read, rows_loaded, rows_quarantined, rows_duplicate,
    run_id, gate
), update (
    fingerprint, read_at, sha256, rows_read, rows_loaded, rows_quarantined, rows_duplicate, warnings, notes, identity_findings
) on ops.export_file to lachan_loader;
grant maintain on ops.export_file to lachan_loader; -- noqa: PRS
grant select, insert, update (replayed_by) on ops.quarantined_row to lachan_loader;
grant select, insert, update, delete on ops.inaccessible_file to lachan_loader;
grant select on ops.erased_item to lachan_loader;
grant select on ops.pseudonym_key to lachan_loader;
grant insert (number, fingerprint, found_at) on ops.pseudonym_key to lachan_loader;
grant select, insert on ops.pseudonym_link to lachan_loader;
grant insert (decision, file_id, why, decided_by, export_date) on ops.decision to lachan_loader;
grant select on ops.archived_file, ops.archive_destruction to lachan_loader;
grant insert (sha256, copy_no, name, size_bytes, recipients, run_id) on ops.archived_file to lachan_loader;
grant insert (archive_no, why, read_by) on ops.archive_reading to lachan_loader;
grant usage on sequence ops.file_id, ops.decision_id, ops.archive_no to lachan_loader;

-- 3. Gate and audit: judge once, never change a verdict.
grant select on all tables in schema raw to lachan_auditor;
alter default privileges for role lachan_migrate in schema raw grant select on tables to lachan_auditor;
grant update (gate, gate_reason, gate_at, acceptance_no) on ops.export_file to lachan_auditor;
grant select, insert, update on ops.batch_profile to lachan_auditor;
grant insert on ops.check_result to lachan_auditor;
grant select, insert on ops.mart_state to lachan_auditor;
grant select on ops.unpublished_window to lachan_auditor;
grant usage on sequence ops.acceptance_no, ops.mart_state_no to lachan_auditor;

-- 4. Transform: owns its schemas (staging to marts, changes, reference), in which dbt creates and drops tables.
grant select on all tables in schema raw to lachan_transformer;
alter default privileges for role lachan_migrate in schema raw grant select on tables to lachan_transformer;
grant insert on ops.dbt_result to lachan_transformer;
grant select, insert on ops.mart_state to lachan_transformer;
grant select, insert, delete on ops.complete_build to lachan_transformer;
grant select, insert on ops.unpublished_window to lachan_transformer;
grant maintain on ops.unpublished_window to lachan_transformer; -- noqa: PRS
grant select on ops.published_delivery, ops.decision, ops.ward_alias_decision, ops.pseudonym_link to lachan_transformer;
grant select, insert, update, delete on ops.source_freshness to lachan_transformer;
grant select, insert, update, delete on ops.delivery_in_force, ops.delivery_not_in_force, ops.applied_delivery to lachan_transformer;
grant usage on sequence ops.mart_state_no to lachan_transformer;

-- 5. Publish: reads marts, neither raw nor staging.
grant select on ops.delivery_in_force, ops.decision to lachan_publisher;
grant select, insert on ops.mart_state to lachan_publisher;
grant select, delete on ops.unpublished_window to lachan_publisher;
grant select, insert, delete on ops.published_delivery to lachan_publisher;
grant usage on sequence ops.mart_state_no to lachan_publisher;

-- 6. Stewards: decisions about deliveries, and alerts.
grant select on all tables in schema ops to lachan_steward;
revoke all on ops.erased_item from lachan_steward; -- only the load and the owner need to know which items they are
grant insert (decision, file_id, why, decided_by, export_date) on ops.decision to lachan_steward;
grant insert (alias_name, current_code, current_name, why, decided_by) on ops.ward_alias_decision to lachan_steward;
grant usage on sequence ops.ward_alias_decision_no to lachan_steward;
grant update (gate, gate_reason, gate_at, acceptance_no, export_date) on ops.export_file to lachan_steward;
grant update (discarded_why) on ops.quarantined_row to lachan_steward;
grant insert, update on ops.alert to lachan_steward;
grant insert on ops.alert_history to lachan_steward;
grant insert (archive_no, why, read_by) on ops.archive_reading to lachan_steward;
grant update (ended_at, ended_by, ended_why) on ops.pseudonym_key to lachan_steward;
grant delete on ops.pseudonym_link to lachan_steward;
grant insert (archive_no, why, destroyed_by) on ops.archive_destruction to lachan_steward;
grant insert (run_id, watched_at, critical, warnings, cleared) on ops.watch_run to lachan_steward;
grant insert (mail_key, recipient, subject, body, as_of), update (tries, last_error, sent_at) on ops.mail to lachan_steward;
grant usage on sequence ops.acceptance_no, ops.decision_id, ops.mail_id to lachan_steward;

-- 7. Housekeeping: removes what is old enough by functions that know what is still needed, and keeps no right on a table.
revoke all on all tables in schema ops, raw from lachan_housekeeper;
grant usage on schema ops, raw to lachan_housekeeper;
grant select on ops.migration, ops.removal to lachan_housekeeper;
grant maintain on -- noqa: PRS
ops.alert, ops.alert_history, ops.batch_profile, ops.check_result, ops.dbt_result, ops.mail, ops.mart_state, ops.quarantined_row,
ops.watch_run, ops.removal
to lachan_housekeeper;
grant maintain on all tables in schema raw to lachan_housekeeper; -- noqa: PRS
grant select, delete on
ops.alert, ops.alert_history, ops.batch_profile, ops.check_result, ops.dbt_result, ops.mail, ops.mart_state, ops.quarantined_row,
ops.watch_run
to lachan_definer;
grant select on ops.decision, ops.applied_delivery, ops.published_delivery to lachan_definer;
grant select, insert, update (item_count, byte_count, removed_at) on ops.removal to lachan_definer;
grant usage on schema raw to lachan_definer;
grant select, delete on all tables in schema raw to lachan_definer;
alter default privileges for role lachan_migrate in schema raw grant select, delete on tables to lachan_definer;
alter default privileges for role lachan_migrate in schema raw grant maintain on tables to lachan_housekeeper; -- noqa: PRS

-- 8. Backups: their role reads everything (create_roles_and_schemas.sql); what was backed up is entered.
grant insert (name, run_id, snapshot_at, size_bytes, place) on ops.backup to lachan_backup;

-- 9. Readers of marts and catalogues.
grant select on ops.export_file, ops.delivery_in_force to lachan_definer;
grant select on ops.delivery to lachan_definer;
grant select (feed, replayed_by, discarded_why) on ops.quarantined_row to lachan_definer;
grant select (kind, severity, cleared_at) on ops.alert to lachan_definer;
grant select (finished_at) on ops.watch_run to lachan_definer;
grant select (snapshot_at) on ops.backup to lachan_definer;
grant select (indicator_group, stage, state_no) on ops.mart_state to lachan_definer;
grant select (run_id, seconds, finished_at) on ops.dbt_result to lachan_definer;
grant usage on schema marts, reference to lachan_analyst, lachan_auditor, lachan_publisher, lachan_definer;
grant select on all tables in schema marts, reference to lachan_analyst, lachan_auditor, lachan_publisher, lachan_definer;
alter default privileges for role lachan_transformer in schema marts grant select on tables to lachan_analyst, lachan_auditor, lachan_publisher, lachan_definer;
alter default privileges for role lachan_transformer in schema reference grant select on tables to lachan_analyst, lachan_auditor, lachan_publisher, lachan_definer;
