-- Rights to read the published tables. Safe to run again at any time.

grant select on reporting.figure to lachan_analyst, lachan_reporter, lachan_ward_viewer, lachan_transformer;
grant select on reporting.figure_revision to lachan_analyst, lachan_reporter, lachan_transformer;
grant select on reporting.report_sentence to lachan_analyst, lachan_reporter, lachan_transformer;
grant select on reporting.publication, reporting.publication_delivery, reporting.late_adjustment
to lachan_analyst, lachan_reporter;

-- The login role of a ward is named ward_<code>_<yyyymmdd> after its ward_key <code>@<yyyy-mm-dd>, because codes are
-- reused over the years. The policy compares the name of the role and not a setting, because a session can change any
-- setting but not the name of its role. It queries no other table, so that it also works on a distributed table.
do $$
declare
    own_ward text := (
        select qual from pg_policies
        where schemaname = 'reporting' and tablename = 'figure' and policyname = 'own_ward'
    );
begin
    if own_ward like '%ward_key%' then
        return; -- the policies exist, and creating them again would wait for every reader
    end if;
    if own_ward is not null then
        drop policy own_ward on reporting.figure; -- the earlier policy compared codes only
    else
        alter table reporting.figure enable row level security;
        create policy everything on reporting.figure for select
            to lachan_analyst, lachan_reporter, lachan_transformer using (true);
    end if;
    create policy own_ward on reporting.figure for select to lachan_ward_viewer
        using (ward_code is not null and current_user::text = 'ward_' || translate(ward_key, '@-', '_'));
end $$;
