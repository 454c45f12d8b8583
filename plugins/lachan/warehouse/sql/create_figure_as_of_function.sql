-- The published figures as they stood at an instant. `columns` are those of reporting.figure, in its order. Safe to run
-- again at any time.
create or replace function reporting.figure_as_of(at timestamptz) returns setof reporting.figure
language sql stable
begin atomic
    select
{% for column in columns %}
        {{ column.table | identifier }}.{{ column.column | identifier }}{% if not loop.last %},{% endif %}

{% endfor %}
    from (
        select distinct on (figure_id) *
        from reporting.figure_state
        where change_no in (select change_no from reporting.figure_change where changed_at <= at)
        order by figure_id, revision_no desc
    ) as state
    inner join reporting.figure_series as series on series.series_no = state.series_no
    inner join reporting.figure_window as reporting_window on reporting_window.window_no = state.window_no
    inner join reporting.figure_change as change on change.change_no = state.change_no
    where state.change <> 'withdrawn';
end;
revoke all on function reporting.figure_as_of from public;
grant execute on function reporting.figure_as_of to lachan_analyst, lachan_reporter;
