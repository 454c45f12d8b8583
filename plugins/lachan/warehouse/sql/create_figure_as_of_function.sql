-- The published figures as they stood at an instant. For migrations before 0020; create_as_of_functions.sql replaces it.
create or replace function reporting.figure_as_of(at timestamptz) returns setof reporting.figure
language sql stable
begin atomic
{% set part = "" %}
{% set without_threshold = false %}
{% include "warehouse/sql/figures_as_of.sql" %}
;
end;
revoke all on function reporting.figure_as_of from public;
grant execute on function reporting.figure_as_of to lachan_analyst, lachan_reporter;
