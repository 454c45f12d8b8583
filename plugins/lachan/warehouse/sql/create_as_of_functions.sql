-- The published figures as they stood at an instant: all, those of one indicator, or those of one window. Safe to run again at any time.
--
-- Of indicators with small counts, an earlier state beside the present one tells what has changed, often one event. So readers
-- who are not cleared see only the present state of them, from the last publication on (docs/privacy.md).
{% for function, arguments, part in [
    ("figure_as_of", "at timestamptz", none),
    ("indicator_as_of", "indicator text, at timestamptz", "indicator"),
    ("window_as_of", "in_window text, at timestamptz", "window"),
] %}
create or replace function reporting.{{ function | identifier }}({{ arguments | sql_type }}) returns setof reporting.figure
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if reporting.is_cleared() then
        return query
{% set without_threshold = false %}
{% include "warehouse/sql/figures_as_of.sql" %}
        ;
        return;
    end if;
    return query
{% set without_threshold = true %}
{% include "warehouse/sql/figures_as_of.sql" %}
    ;
    if at < (select max(published_at) from reporting.publication) then
        return;
    end if;
    return query
{% include "warehouse/sql/open_figures.sql" %}

    inner join reporting.small_count_rule as rule on rule.indicator_key = series.indicator_key and rule.hides_small_counts
{% if part == "indicator" %}
    where series.indicator_key = indicator
{% elif part == "window" %}
    where reporting_window.window_key = in_window
{% endif %}
    ;
end $$;
revoke all on function reporting.{{ function | identifier }} from public;
grant execute on function reporting.{{ function | identifier }} to lachan_analyst, lachan_reporter{% if not part %}, lachan_publisher{% endif %};
{% endfor %}
comment on function reporting.figure_as_of is 'The figures as published at an instant: the last revision of each figure up to then, without withdrawn figures. Readers who are not cleared see no earlier states of indicators with small counts';
comment on function reporting.indicator_as_of is 'The figures of one indicator as published at an instant: as figure_as_of, but without reading those of the others';
comment on function reporting.window_as_of is 'The figures of one window as published at an instant: as figure_as_of, but without reading those of the others';
