-- Rights to read the published figures. Safe to run again at any time.

grant select on reporting.figure, reporting.figure_state, reporting.figure_series, reporting.figure_window
to lachan_analyst, lachan_reporter, lachan_ward_viewer, lachan_transformer;
grant select on reporting.figure_revision, reporting.figure_change to lachan_analyst, lachan_reporter, lachan_transformer;
grant select (change_no, changed_at) on reporting.figure_change to lachan_ward_viewer; -- reasons name persons

-- The login role of a ward is named ward_<code>_<yyyymmdd> after its ward_key <code>@<yyyy-mm-dd>, because codes are
-- reused over the years. The policy compares the name of the role and not a setting, because a session can change any
-- setting but not the name of its role. A ward sees the published state of its own figures, and no earlier ones.
do $$
begin
    if exists (select from pg_policies where schemaname = 'reporting' and tablename = 'figure_state') then
        return; -- the policies exist, and creating them again would wait for every reader
    end if;
    alter table reporting.figure_series enable row level security;
    alter table reporting.figure_state enable row level security;
    create policy everything on reporting.figure_series for select
        to lachan_analyst, lachan_reporter, lachan_transformer using (true);
    create policy everything on reporting.figure_state for select
        to lachan_analyst, lachan_reporter, lachan_transformer using (true);
    create policy own_ward on reporting.figure_series for select to lachan_ward_viewer
        using (ward_code is not null and current_user::text = 'ward_' || translate(ward_key, '@-', '_'));
    create policy own_ward on reporting.figure_state for select to lachan_ward_viewer
        using (is_current and change <> 'withdrawn' and series_no in (select series_no from reporting.figure_series));
end $$;
