-- The only way by which what was handed out is noted: readers can add a row, under their own login, and change none. Safe to
-- run again at any time.
create or replace function reporting.note_handout(
    handed_out_by text, document text, file_kind text, window_key text, ward_key text, agency text, as_of timestamptz,
    publication_id bigint, sha256 text
) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    insert into reporting.handout (
        handed_out_by, login, document, file_kind, window_key, ward_key, agency, as_of, publication_id, sha256, shows_all_numbers
    )
    values (
        note_handout.handed_out_by, session_user, note_handout.document, note_handout.file_kind, note_handout.window_key,
        note_handout.ward_key, note_handout.agency, note_handout.as_of, note_handout.publication_id, note_handout.sha256,
        reporting.is_cleared()
    );
end $$;
comment on function reporting.note_handout is 'Notes that a report or a letter was handed out, under the login of the session';
revoke all on function reporting.note_handout from public;
grant execute on function reporting.note_handout to lachan_analyst, lachan_reporter, lachan_ward_viewer, lachan_steward;
