-- The published figures and their revisions as they are stored, for create_reader_views.sql. Both lists of columns are in the
-- order that the views have already, because a view can gain columns only at its end. Safe to run again at any time.
{% include "warehouse/sql/create_reader_check.sql" %}
{% for view, view_columns in [("stored_figure", columns), ("stored_revision", revision_columns)] %}
create or replace view reporting.{{ view | identifier }} as
select
{% for column in view_columns if column.table != "clearance" %}
    {{ column.table | identifier }}.{{ column.column | identifier }} as {{ column.name | identifier }}{% if not loop.last %},{% endif %}

{% endfor %}
from reporting.figure_state as state
inner join reporting.figure_series as series on series.series_no = state.series_no
inner join reporting.figure_window as reporting_window on reporting_window.window_no = state.window_no
inner join reporting.figure_change as change on change.change_no = state.change_no
{% if view == "stored_figure" %}
where state.is_current and state.change <> 'withdrawn';
{% else %}
left join reporting.figure_state as previous
    on previous.figure_id = state.figure_id and previous.revision_no = state.revision_no - 1;
{% endif %}
{% endfor %}

grant select on reporting.stored_revision to lachan_definer;
