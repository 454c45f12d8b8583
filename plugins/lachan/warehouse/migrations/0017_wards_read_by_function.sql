-- A ward reads its figures through reporting.ward_figure (warehouse/sql/create_ward_figure.sql). Under the row policies that
-- it replaces, an execution plan counted the figures of other wards that a condition had found and a policy had removed.
drop policy if exists everything on reporting.figure_series;
drop policy if exists own_ward on reporting.figure_series;
drop policy if exists everything on reporting.figure_state;
drop policy if exists own_ward on reporting.figure_state;
alter table reporting.figure_series disable row level security;
alter table reporting.figure_state disable row level security;

revoke all on all tables in schema reporting from lachan_ward_viewer;

create index figure_series_ward on reporting.figure_series (ward_key);
