-- The published figures of one indicator as they stood at an instant: the rows that reporting.figure_as_of has of it, read
-- through the indexes. Every figure has one current state, a withdrawn one included. Safe to run again at any time.
create or replace function reporting.indicator_as_of(indicator text, at timestamptz) returns setof reporting.figure
language sql stable
begin atomic
    select
{% for column in columns %}
        {{ column.table | identifier }}.{{ column.column | identifier }}{% if not loop.last %},{% endif %}

{% endfor %}
    from (
        select distinct on (figure_id) *
        from reporting.figure_state
        where
            figure_id in (
                select known.figure_id
                from reporting.figure_state as known
                where
                    known.is_current
                    and known.series_no in (
                        select series_no from reporting.figure_series where indicator_key = indicator
                    )
            )
            and change_no in (select change_no from reporting.figure_change where changed_at <= at)
        order by figure_id, revision_no desc
    ) as state
    inner join reporting.figure_series as series on series.series_no = state.series_no
    inner join reporting.figure_window as reporting_window on reporting_window.window_no = state.window_no
    inner join reporting.figure_change as change on change.change_no = state.change_no
    where state.change <> 'withdrawn';
end;
comment on function reporting.indicator_as_of is 'The figures of one indicator as published at an instant: as figure_as_of, but without reading those of the others';
revoke all on function reporting.indicator_as_of from public;
grant execute on function reporting.indicator_as_of to lachan_analyst, lachan_reporter;
