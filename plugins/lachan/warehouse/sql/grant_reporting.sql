-- Who may read what is published. Safe to run again at any time.

grant select on reporting.figure to lachan_analyst, lachan_reporter, lachan_ward_viewer, lachan_transformer;
grant select on reporting.figure_revision to lachan_analyst, lachan_reporter, lachan_transformer;
grant select on reporting.report_sentence to lachan_analyst, lachan_reporter, lachan_transformer;

-- A ward's login role is ward_<code>_<yyyymmdd>, of its ward_key <code>@<yyyy-mm-dd>: codes are reused over the years.
-- The policy reads the role's name, which a session cannot make up, and no setting, which it can; it asks no other
-- table, so that it holds on a distributed one.
do $$
declare
    own_ward text := (
        select qual from pg_policies
        where schemaname = 'reporting' and tablename = 'figure' and policyname = 'own_ward'
    );
begin
    if own_ward like '%ward_key%' then
        return; -- making them again would wait for every reader
    end if;
    if own_ward is not null then
        drop policy own_ward on reporting.figure; -- it knew codes only
    else
        alter table reporting.figure enable row level security;
        create policy everything on reporting.figure for select
            to lachan_analyst, lachan_reporter, lachan_transformer using (true);
    end if;
    create policy own_ward on reporting.figure for select to lachan_ward_viewer
        using (ward_code is not null and current_user::text = 'ward_' || translate(ward_key, '@-', '_'));
end $$;
