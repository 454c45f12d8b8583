-- Comments on the tables of ops, which begin with the grain.

comment on table ops.export_file is 'One row is one load of one export file: what was read, the outcome of every record, and the decision of the gate';
comment on column ops.export_file.file_id is 'Identifier of the load; its rows in raw and in quarantine carry it';
comment on column ops.export_file.feed is 'Feed, as named by its contract';
comment on column ops.export_file.path is 'Path in the landing zone';
comment on column ops.export_file.sha256 is 'SHA-256 of the file''s bytes, hexadecimal; not for readers, who could test guesses at small files by it';
comment on column ops.export_file.replay_no is '0 for the first load; each replay of the file is a load of its own with the next number';
comment on column ops.export_file.delivery_no is '0 for the first delivery of this content at this path; higher when it came back after another content';
comment on column ops.export_file.replay_of is 'Of a replay, the first load of the delivery that it completes; null otherwise';
comment on column ops.export_file.fingerprint is 'Size and modification mark in the landing zone; a file whose fingerprint is unchanged is not read again';
comment on column ops.export_file.export_date is 'Day that the file reports, read from its name; null where the name has none';
comment on column ops.export_file.size_bytes is 'Size of the file, in bytes';
comment on column ops.export_file.delivered_at is 'Modification time of the file in the landing zone';
comment on column ops.export_file.status is 'loaded; duplicate: the same bytes were loaded under another name; rejected: the file could not be read';
comment on column ops.export_file.reason is 'Why the file was rejected, with the line; null otherwise';
comment on column ops.export_file.duplicate_of is 'For a duplicate, the load of the same bytes';
comment on column ops.export_file.encoding is 'Encoding in which the file was read';
comment on column ops.export_file.unknown_columns is 'Columns that the contract does not declare; their values are kept masked in extra';
comment on column ops.export_file.warnings is 'Irregularities that did not prevent the load';
comment on column ops.export_file.notes is 'How the file was read where a person would not expect it: titles, totals, merged cells, line ends, a converted encoding';
comment on column ops.export_file.identity_findings is 'Why identities of people may be where they are not expected; such values are in quarantine or masked, and the gate holds the file';
comment on column ops.export_file.rows_read is 'Records in the file; always the sum of the next three columns';
comment on column ops.export_file.rows_loaded is 'Of these, records that are in raw';
comment on column ops.export_file.rows_quarantined is 'Of these, records that went to quarantine';
comment on column ops.export_file.rows_duplicate is 'Of these, records that are identical to another record';
comment on column ops.export_file.loaded_at is 'When the load was entered here';
comment on column ops.export_file.read_at is 'When the file was last read; a file modified less than two seconds before is read again even if its fingerprint is unchanged';
comment on column ops.export_file.run_id is 'Run that loaded the file: DAG and run id, or the command';
comment on column ops.export_file.gate is 'none: not loaded; pending: not judged yet; accepted: used by the models; held: waits for a person to decide; discarded: never used';
comment on column ops.export_file.gate_reason is 'Why the file was held, released, discarded, or accepted with a warning';
comment on column ops.export_file.gate_at is 'When the gate or a person decided';
comment on column ops.export_file.acceptance_no is 'Order in which files were accepted; a build takes the accepted files that no earlier build has taken';

comment on table ops.quarantined_row is 'One row is one record that could not be loaded, masked, with every reason';
comment on column ops.quarantined_row.file_id is 'File that the record came from: ops.export_file';
comment on column ops.quarantined_row.line_no is 'Line of that file on which the record starts';
comment on column ops.quarantined_row.feed is 'Feed, as named by its contract';
comment on column ops.quarantined_row.reasons is 'Array of {column, rule, expected, found}; found is masked';
comment on column ops.quarantined_row.masked_row is 'Fields of the record: letters as x, long numbers as 9, and of secret columns only the length';
comment on column ops.quarantined_row.replayed_by is 'Later load that loaded the record after all (lachan replay); null if there is none';
comment on column ops.quarantined_row.discarded_why is 'Why a person discarded the record for good (lachan discard); null otherwise';

comment on table ops.inaccessible_file is 'One row is one file or folder in the landing zone that the last run of its feed could not open or read; the next run tries again';
comment on column ops.inaccessible_file.feed is 'Feed, as named by its contract';
comment on column ops.inaccessible_file.path is 'Path in the landing zone';
comment on column ops.inaccessible_file.export_date is 'Day that the file reports, read from its name; null where the name has none';
comment on column ops.inaccessible_file.reason is 'Why it cannot be read';
comment on column ops.inaccessible_file.first_seen is 'Since when it cannot be read';
comment on column ops.inaccessible_file.last_seen is 'When a run last tried';

comment on table ops.batch_profile is 'One row is one loaded file as a whole: the measures by which the gate judges it';
comment on column ops.batch_profile.file_id is 'The load: ops.export_file';
comment on column ops.batch_profile.feed is 'Feed, as named by its contract';
comment on column ops.batch_profile.path is 'Path in the landing zone';
comment on column ops.batch_profile.export_date is 'Day that the file reports, read from its name';
comment on column ops.batch_profile.rows_read is 'Records in the file';
comment on column ops.batch_profile.rows_loaded is 'Of these, records that are in raw';
comment on column ops.batch_profile.share_quarantined is 'Share of the records read that went to quarantine (0 to 1)';
comment on column ops.batch_profile.rows_usual is 'Median of the records in files of the same weekday in the weeks before; null where there are too few such files';
comment on column ops.batch_profile.times_usual is 'Records read, as a multiple of the usual number';
comment on column ops.batch_profile.share_dated_elsewhere is 'Share of the loaded rows whose last change is on another day than the file reports (0 to 1); 0 for registers';
comment on column ops.batch_profile.rows_in_the_future is 'Loaded rows that are dated after the moment of loading';
comment on column ops.batch_profile.mix_shift is 'Total variation distance between the mix of values of the feed''s distribution column in this file and in the days before (0 to 1); null where there are no such days';
comment on column ops.batch_profile.rows_gone is 'For a register, how many rows fewer it has than the snapshot before it (negative where it has grown); null without one';
comment on column ops.batch_profile.share_gone is 'rows_gone as a share of the rows of the snapshot before';
comment on column ops.batch_profile.days_after_delivery is 'Days from the delivery to the day that the file''s name gives; positive where the name gives a day that had not come';
comment on column ops.batch_profile.days_before_start is 'Days from the day in the file''s name to the first day of the feed (startsOn); positive where the name gives an earlier day, null without startsOn';
comment on column ops.batch_profile.warnings is 'Number of the loader''s warnings';
comment on column ops.batch_profile.identity_findings is 'Number of the loader''s findings of identities where none are expected (ops.export_file)';
comment on column ops.batch_profile.profiled_at is 'When the profile was computed';

comment on table ops.check_result is 'One row is the verdict of one expectation in one run';
comment on column ops.check_result.run_id is 'Run of the gate or audit';
comment on column ops.check_result.stage is 'gate: files before the models; audit: marts before publication';
comment on column ops.check_result.suite is 'Suite in expectations/: a feed at the gate, a mart in the audit';
comment on column ops.check_result.expectation is 'Type of the expectation, as Great Expectations names it';
comment on column ops.check_result.column_name is 'Column that was checked; null where the expectation is about the table';
comment on column ops.check_result.severity is 'critical: a failure holds the file or stops publication; warning: a failure is only recorded';
comment on column ops.check_result.success is 'Whether the expectation was met';
comment on column ops.check_result.expected is 'Bounds or type of the expectation';
comment on column ops.check_result.failed_keys is 'Rows that failed: the key of each, and the value found';
comment on column ops.check_result.exception is 'The error, where the expectation could not be evaluated';
comment on column ops.check_result.checked_at is 'When the verdict was stored';

comment on table ops.dbt_result is 'One row is the result of one dbt node in one run';
comment on column ops.dbt_result.run_id is 'Run of the build';
comment on column ops.dbt_result.node is 'Name of the model, test, seed or hook';
comment on column ops.dbt_result.resource_type is 'Type of the node';
comment on column ops.dbt_result.status is 'Status that dbt reports for the node';
comment on column ops.dbt_result.rows_affected is 'Rows that the node changed, where dbt reports them';
comment on column ops.dbt_result.seconds is 'Execution time of the node, in seconds';
comment on column ops.dbt_result.message is 'Message of dbt';
comment on column ops.dbt_result.finished_at is 'When the result was stored, after the end of the build';

comment on table ops.complete_build is 'One row is the last build that succeeded as a whole';
comment on column ops.complete_build.is_latest is 'Always true: there is at most one row';
comment on column ops.complete_build.run_id is 'Run that built';
comment on column ops.complete_build.project_files is 'The files of the dbt project by path, each with its SHA-256';
comment on column ops.complete_build.ledger_state is 'The state of ops.export_file and ops.decision when the build began, as text';
comment on column ops.complete_build.tables is 'The tables that the build left in staging, intermediate and marts';
comment on column ops.complete_build.built_at is 'When it ended';

comment on table ops.unpublished_window is 'One row is one window of which builds may have changed the figures of a group, or have changed the sentences, since they were published';
comment on column ops.unpublished_window.mart is 'figure or report_sentence';
comment on column ops.unpublished_window.indicator_group is 'Group of indicators (reference.indicators); empty for sentences';
comment on column ops.unpublished_window.window_key is 'Reporting window';

comment on table ops.mart_state is 'One row is one successful build or audit of one group of indicators, or the failure that holds the group back; only groups that are unchanged since their audit are published';
comment on column ops.mart_state.stage is 'built, audited or held';
comment on column ops.mart_state.run_id is 'Run that built, audited or held the group';
comment on column ops.mart_state.indicator_group is 'Group of indicators (reference.indicators), or common for what belongs to none; null in rows of earlier releases';
comment on column ops.mart_state.fingerprint is 'Row count and sum of row hashes of the group in each audited mart; null for a failure';
comment on column ops.mart_state.why is 'What failed; null if nothing did';
comment on column ops.mart_state.kept_at is 'When the state was recorded, by the clock of the server';
comment on column ops.mart_state.state_no is 'Order in which the states were recorded, from a sequence';

comment on table ops.published_delivery is 'One row is one load that the published figures of one group of indicators rest on';
comment on column ops.published_delivery.indicator_group is 'Group of indicators (reference.indicators)';
comment on column ops.published_delivery.file_id is 'The load (ops.export_file)';

comment on table ops.alert is 'One row is one problem that a person should look at; it is open until it is cleared';
comment on column ops.alert.alert_key is 'What the alert is about: kind, feed and file or day';
comment on column ops.alert.kind is 'Kind of the alert; docs/operations has a page about each';
comment on column ops.alert.feed is 'Feed, as named by its contract; empty where the alert is about all feeds';
comment on column ops.alert.severity is 'critical: the DAG watch fails; warning: it does not';
comment on column ops.alert.message is 'What is wrong, and what to do';
comment on table ops.alert_history is 'One row is one alert that was cleared; never updated, never deleted';
comment on column ops.alert_history.alert_key is 'What the alert was about: kind, feed and file or day';
comment on column ops.alert_history.kind is 'Kind of the alert';
comment on column ops.alert_history.feed is 'Feed, as named by its contract; empty where the alert was about all feeds';
comment on column ops.alert_history.severity is 'critical or warning';
comment on column ops.alert_history.message is 'What was wrong, and what to do';
comment on column ops.alert_history.first_seen is 'When the alert was raised';
comment on column ops.alert_history.last_seen is 'When it was raised for the last time';
comment on column ops.alert_history.cleared_at is 'When its problem was found to be gone';
comment on column ops.alert_history.cleared_by is 'Run of the watch that found this; who solved the problem is in ops.decision';
comment on column ops.alert_history.login is 'Login of the session';

comment on column ops.alert.first_seen is 'When the alert was raised';
comment on column ops.alert.last_seen is 'When the problem was last found';
comment on column ops.alert.cleared_at is 'When the problem was first found to be gone; null while the alert is open';

comment on table ops.source_freshness is 'One row is one feed as dbt last judged the freshness of its source';
comment on column ops.source_freshness.feed is 'Feed, as named by its contract';
comment on column ops.source_freshness.loaded_at is 'When its last accepted delivery was loaded; in the year 2000 if there is none';
comment on column ops.source_freshness.status is 'pass; warn: late, nothing for more than a period; error: stale, nothing for more than two';
comment on column ops.source_freshness.run_id is 'Run that checked';
comment on column ops.source_freshness.checked_at is 'When';

comment on table ops.watch_run is 'One row is one run of watch that came to its end; rows are never changed';
comment on column ops.watch_run.run_id is 'The run';
comment on column ops.watch_run.watched_at is 'The moment that it judged: what was due then';
comment on column ops.watch_run.critical is 'Critical alerts that it found';
comment on column ops.watch_run.warnings is 'Warnings that it found';
comment on column ops.watch_run.cleared is 'Alerts that it cleared';
comment on column ops.watch_run.login is 'Login of the session';
comment on column ops.watch_run.finished_at is 'When it ended, by the clock of the server';

comment on table ops.backup is 'One row is one backup that was completed; rows are never changed';
comment on column ops.backup.name is 'Its folder: the moment at which it began, in UTC';
comment on column ops.backup.run_id is 'The run';
comment on column ops.backup.snapshot_at is 'The state of the warehouse that it holds: what was committed until then';
comment on column ops.backup.size_bytes is 'Bytes that it has added to the folder of backups: the databases, files of the office, and new originals';
comment on column ops.backup.place is 'The folder of backups, as the machine that made it knows it';
comment on column ops.backup.login is 'Login of the session';
comment on column ops.backup.finished_at is 'When it was complete, by the clock of the server';

comment on column ops.alert.about is 'What the alert is about, in Vietnamese, as mails say it: a day, the number of a file, a group';
comment on column ops.alert_history.about is 'What the alert was about, in Vietnamese';

comment on table ops.mail is 'One row is one mail to one person; it waits until it is sent, and is sent once';
comment on column ops.mail.mail_id is 'Order in which the mails were written';
comment on column ops.mail.mail_key is 'What the mail says: the alert and since when it is open, or the day of a digest';
comment on column ops.mail.recipient is 'Address, from the table of recipients (LACHAN_RECIPIENTS)';
comment on column ops.mail.subject is 'Subject';
comment on column ops.mail.body is 'Text, as HTML';
comment on column ops.mail.as_of is 'The moment about which the mail speaks';
comment on column ops.mail.created_at is 'When it was written';
comment on column ops.mail.tries is 'How often it was tried to send it';
comment on column ops.mail.last_error is 'Type of the error of the last try; null if it was sent or never tried';
comment on column ops.mail.sent_at is 'When the mail server took it; null while it waits';

comment on table ops.decision is 'One row is one decision of a person about a file; rows are never changed or deleted';
comment on column ops.decision.decision_id is 'Order of the decisions';
comment on column ops.decision.decision is 'released, discarded, retracted or replayed';
comment on column ops.decision.file_id is 'The load, or the first load of the delivery, that was decided about: ops.export_file';
comment on column ops.decision.export_date is 'Day that the person gave the file on release (--day); null otherwise';
comment on column ops.decision.why is 'Reason that the person gave';
comment on column ops.decision.decided_by is 'Name of the person (--by)';
comment on column ops.decision.login is 'Login of the database session';
comment on column ops.decision.decided_at is 'When';

comment on table ops.migration is 'One row is one migration that has run in this warehouse';
comment on column ops.migration.number is 'Its number; migrations run in this order';
comment on column ops.migration.name is 'Its file in plugins/lachan/warehouse/migrations';
comment on column ops.migration.sha256 is 'Hash of the file as it was run; a file that was changed since is refused';
comment on column ops.migration.applied_by is 'Login that ran it';
comment on column ops.migration.applied_at is 'When';

comment on table ops.pseudonym_key is 'One row is a key by which rows in raw were pseudonymised; the highest number is in use, and a load with any other key is refused';
comment on column ops.pseudonym_key.number is 'Number of the key; its pseudonyms begin with p and the number, those of number 1 with p_';
comment on column ops.pseudonym_key.ended_at is 'When its overlap with the following keys was ended; null before';
comment on column ops.pseudonym_key.ended_by is 'Name of the person who ended it';
comment on column ops.pseudonym_key.ended_why is 'Reason';
comment on column ops.pseudonym_key.fingerprint is 'HMAC-SHA256 of a constant with the key, by which keys are compared; the key cannot be computed from it';
comment on column ops.pseudonym_key.found_at is 'Where the first load found the key: the setting or file, and the machine';
comment on column ops.pseudonym_key.login is 'Login of the session that stored it';
comment on column ops.pseudonym_key.stored_at is 'When it was stored, before the first rows were loaded';

comment on view ops.delivery is 'One row is one load, with the delivery that it belongs to and what became of it. A delivery is a content at a path: its first load and the replays that complete it';
comment on column ops.delivery.file_id is 'The load: ops.export_file';
comment on column ops.delivery.feed is 'Feed, by its contract';
comment on column ops.delivery.path is 'Path in the landing zone';
comment on column ops.delivery.export_date is 'Export date from the file''s name';
comment on column ops.delivery.delivery_id is 'First load of the delivery';
comment on column ops.delivery.delivered_at is 'When the landing zone received it; deliveries are ordered by it, then by path';
comment on column ops.delivery.is_replay is 'Whether the load completes an earlier one';
comment on column ops.delivery.is_register is 'Whether the feed is a register, of which one delivery per day is in force';
comment on column ops.delivery.standing is 'accepted: in force; superseded: a later delivery replaced it; loaded: the gate has not judged it yet; held; discarded; retracted; rejected; duplicate';
comment on column ops.delivery.superseded_by is 'First load of the delivery that replaced it';
comment on column ops.delivery.since is 'When the last decision about it was made, by a person or the gate, or when it was loaded';
comment on column ops.delivery.decided_by is 'Name of the person who decided last; null where none did';
comment on column ops.delivery.why is 'Reason of the last decision, of the gate, or of the rejection';
comment on column ops.delivery.acceptance_no is 'Order in which the gate accepted it';
comment on column ops.delivery.rows_read is 'Records in the file';
comment on column ops.delivery.rows_loaded is 'Of these, records that are in raw';
comment on column ops.delivery.rows_quarantined is 'Of these, records that went to quarantine';

comment on table ops.delivery_in_force is 'One row is one load of a delivery that the current build reads; fixed at its start, for all feeds at once';
comment on column ops.delivery_in_force.file_id is 'The load: ops.export_file';
comment on column ops.delivery_in_force.feed is 'Feed, by its contract';
comment on column ops.delivery_in_force.export_date is 'Day that the file reports';
comment on column ops.delivery_in_force.delivery_id is 'First load of the delivery';
comment on column ops.delivery_in_force.delivered_at is 'When the landing zone received it';
comment on column ops.delivery_in_force.path is 'Path in the landing zone';
comment on column ops.delivery_in_force.acceptance_no is 'Order in which the gate accepted it';
comment on column ops.delivery_in_force.is_replay is 'Whether the load completes an earlier one';
comment on column ops.delivery_in_force.rows_loaded is 'Records that are in raw';
comment on column ops.delivery_in_force.rows_quarantined is 'Records that went to quarantine';

comment on table ops.delivery_not_in_force is 'One row is one load of a delivery of a day that the current build does not read, as it was at its start; without repeats of other files';
comment on column ops.delivery_not_in_force.file_id is 'The load: ops.export_file';
comment on column ops.delivery_not_in_force.feed is 'Feed, by its contract';
comment on column ops.delivery_not_in_force.export_date is 'Day that the file reports';
comment on column ops.delivery_not_in_force.delivery_id is 'First load of the delivery';
comment on column ops.delivery_not_in_force.delivered_at is 'When the landing zone received it';
comment on column ops.delivery_not_in_force.is_replay is 'Whether the load completes an earlier one';
comment on column ops.delivery_not_in_force.standing is 'What had become of it: the values of ops.delivery.standing but accepted and duplicate';
comment on column ops.delivery_not_in_force.is_misdated is 'Whether the gate held it because most of its rows are of another day';

comment on table ops.applied_delivery is 'One row is one load whose rows are in the staging table of its feed';
comment on column ops.applied_delivery.file_id is 'The load: ops.export_file';
comment on column ops.applied_delivery.feed is 'Feed, by its contract';
comment on column ops.applied_delivery.export_date is 'Day under which its rows were applied';
comment on column ops.applied_delivery.delivered_at is 'Order in which its rows were applied';
comment on column ops.applied_delivery.applied_by is 'dbt invocation that applied it';
comment on column ops.applied_delivery.applied_at is 'When it was applied';

comment on table ops.pseudonym_link is 'One row is one pair of pseudonyms of the same person, with a newer key and with an earlier one; made by loads while a machine has both keys';
comment on column ops.pseudonym_link.feed is 'Feed, by its contract';
comment on column ops.pseudonym_link.column_name is 'Column of raw.<feed> that has the pseudonyms';
comment on column ops.pseudonym_link.pseudonym is 'Pseudonym of the key that was the newest one at the load';
comment on column ops.pseudonym_link.earlier_pseudonym is 'Pseudonym of the same person with an earlier key';

comment on table ops.person_request is 'One row is one request to find, show or erase what is held of a person, without anything that says who it is; never changed, never deleted';
comment on column ops.person_request.request_no is 'Order of the requests';
comment on column ops.person_request.action is 'find, show or erase';
comment on column ops.person_request.rows_by_feed is 'How many pseudonyms of the person raw had, by feed';
comment on column ops.person_request.originals_destroyed is 'How many copies in the archive were destroyed with an erasure';
comment on column ops.person_request.why is 'Reason';
comment on column ops.person_request.decided_by is 'Name of who carried it out';
comment on column ops.person_request.login is 'Login of the session';
comment on column ops.person_request.decided_at is 'When it was carried out';

comment on table ops.erased_item is 'One row is one column of one item of which a person was erased; its rows are loaded without it, whichever file they come from';
comment on column ops.erased_item.feed is 'Feed, by its contract';
comment on column ops.erased_item.item_key is 'Key of the item: the first column of the key of raw.<feed>';
comment on column ops.erased_item.column_name is 'Column of raw.<feed> whose values are left out';

comment on table ops.archived_file is 'One row is one encrypted copy of a content in the archive; a content has one copy, however often it is delivered, until that is destroyed';
comment on column ops.archived_file.archive_no is 'Identifier of the copy';
comment on column ops.archived_file.sha256 is 'SHA-256 of the original bytes, as in ops.export_file';
comment on column ops.archived_file.copy_no is '0 for the first copy of this content; higher when it was delivered again after its copy had been destroyed';
comment on column ops.archived_file.name is 'Name of the file in the archive: a keyed hash of the content, so that nobody can test a guess at a content by it';
comment on column ops.archived_file.size_bytes is 'Size of the original, in bytes';
comment on column ops.archived_file.recipients is 'Public keys (age) to which the copy is encrypted; the private key of any of them opens it';
comment on column ops.archived_file.run_id is 'Run that archived it';
comment on column ops.archived_file.archived_at is 'When it was archived, in the transaction that entered the delivery in the ledger';

comment on table ops.archive_reading is 'One row is one reading of an original out of the archive, entered before it is decrypted; rows are never changed';
comment on column ops.archive_reading.archive_no is 'Copy that was read';
comment on column ops.archive_reading.why is 'Reason';
comment on column ops.archive_reading.read_by is 'Name of the person';
comment on column ops.archive_reading.login is 'Login of the session';
comment on column ops.archive_reading.read_at is 'When it was read';

comment on table ops.archive_destruction is 'One row is the destruction of one copy in the archive; rows are never changed';
comment on column ops.archive_destruction.archive_no is 'Copy that was destroyed';
comment on column ops.archive_destruction.why is 'Reason, with the time for which it was kept';
comment on column ops.archive_destruction.destroyed_by is 'Name of the person';
comment on column ops.archive_destruction.login is 'Login of the session';
comment on column ops.archive_destruction.destroyed_at is 'When it was destroyed';

comment on table ops.ward_alias_decision is 'One row is one decision of a person about a spelling of a ward; the last one about a spelling counts, and none is ever changed or deleted';
comment on column ops.ward_alias_decision.decision_no is 'Order of the decisions';
comment on column ops.ward_alias_decision.alias_name is 'The spelling, as exported';
comment on column ops.ward_alias_decision.current_code is 'Code of the unit that it means; null if it is no unit';
comment on column ops.ward_alias_decision.current_name is 'Name of that unit';
comment on column ops.ward_alias_decision.why is 'Reason that the person gave';
comment on column ops.ward_alias_decision.decided_by is 'Name of the person';
comment on column ops.ward_alias_decision.login is 'Login of the database session';
comment on column ops.ward_alias_decision.decided_at is 'When';

comment on table ops.removal is 'One row is what one run of housekeeping has removed of one table, folder or database';
comment on column ops.removal.run_id is 'Run of `maintain`';
comment on column ops.removal.thing is 'Table, folder of the home, or what else is removed from, as in expectations/retention.yaml';
comment on column ops.removal.older_than is 'What was removed had happened before';
comment on column ops.removal.item_count is 'Rows or files removed';
comment on column ops.removal.byte_count is 'Bytes of the rows or files';
comment on column ops.removal.login is 'Login of the session';
comment on column ops.removal.removed_at is 'When the last of it was removed';
