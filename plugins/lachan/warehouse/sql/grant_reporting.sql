-- Rights in `reporting`, which no stage owns. Safe to run again at any time.
grant usage on schema reporting to lachan_analyst, lachan_reporter, lachan_ward_viewer, lachan_steward, lachan_transformer, lachan_publisher, lachan_definer, lachan_monitor;

-- Readers who are not cleared have no right on the tables of figures and sentences. Wards have less: see
-- create_figures_of_own_unit.sql.
revoke all on all tables in schema reporting from lachan_reporter;
grant select on reporting.figure, reporting.figure_revision, reporting.report_sentence, reporting.figure_area, reporting.figure_part
to lachan_analyst, lachan_reporter, lachan_transformer;
grant select on reporting.figure_window, reporting.small_count_rule to lachan_analyst, lachan_reporter, lachan_transformer;
grant select on
    reporting.figure_state, reporting.figure_series, reporting.figure_change, reporting.open_figure, reporting.stored_sentence
to lachan_analyst, lachan_transformer;
grant select on reporting.replaced_sentence to lachan_analyst;
grant select on reporting.handout to lachan_analyst, lachan_steward;
grant select (
    handout_no, handed_out_at, handed_out_by, login, document, file_kind, window_key, ward_key, agency, as_of, publication_id,
    shows_all_numbers, open_sha256 -- not the hash of a file with small counts, by which guesses at them could be tested
) on reporting.handout to lachan_reporter;
grant select on reporting.publication, reporting.publication_delivery, reporting.late_adjustment
to lachan_analyst, lachan_reporter;
grant select on reporting.publication to lachan_steward;
grant select on
    reporting.figure, reporting.figure_state, reporting.figure_state_without_threshold, reporting.figure_series,
    reporting.figure_window, reporting.figure_change, reporting.stored_revision, reporting.open_figure, reporting.small_count_rule, reporting.publication
to lachan_definer;
grant insert on reporting.handout to lachan_definer;
grant usage on sequence reporting.handout_no to lachan_definer;

-- The publication adds states of figures and ends the current ones; it can neither change nor delete what was published.
grant select on all tables in schema reporting to lachan_publisher;
revoke all on reporting.ward_figure from lachan_publisher;
grant insert on
    reporting.figure_series, reporting.figure_window, reporting.figure_change, reporting.figure_state, reporting.publication_delivery
to lachan_publisher;
grant insert (run_id, why, published_at, groups_published, groups_held) on reporting.publication to lachan_publisher;
grant update (is_current, has_threshold) on reporting.figure_state to lachan_publisher;
grant insert, delete on reporting.stored_sentence to lachan_publisher;
grant insert on reporting.replaced_sentence to lachan_publisher;
revoke all on reporting.handout from lachan_publisher;
grant insert, update, delete on reporting.open_figure, reporting.small_count_rule to lachan_publisher;
grant maintain on -- noqa: PRS
    reporting.figure_series, reporting.figure_window, reporting.figure_state, reporting.figure_state_with_threshold, -- noqa: PRS
    reporting.figure_state_without_threshold, reporting.open_figure -- noqa: PRS
to lachan_publisher; -- noqa: PRS
grant usage on sequence reporting.publication_id to lachan_publisher;
