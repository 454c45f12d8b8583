-- The rows that reporting.figure_as_of has of one indicator. Safe to run again at any time.
create or replace function reporting.indicator_as_of(indicator text, at timestamptz) returns setof reporting.figure
language sql stable
begin atomic
{% set part = "indicator" %}
{% include "warehouse/sql/figures_as_of.sql" %}
;
end;
comment on function reporting.indicator_as_of is 'The figures of one indicator as published at an instant: as figure_as_of, but without reading those of the others';
revoke all on function reporting.indicator_as_of from public;
grant execute on function reporting.indicator_as_of to lachan_analyst, lachan_reporter;
