-- The rows that reporting.figure_as_of has of one window. Safe to run again at any time.
create or replace function reporting.window_as_of(in_window text, at timestamptz) returns setof reporting.figure
language sql stable
begin atomic
{% set part = "window" %}
{% include "warehouse/sql/figures_as_of.sql" %}
;
end;
comment on function reporting.window_as_of is 'The figures of one window as published at an instant: as figure_as_of, but without reading those of the others';
revoke all on function reporting.window_as_of from public;
grant execute on function reporting.window_as_of to lachan_analyst, lachan_reporter;
