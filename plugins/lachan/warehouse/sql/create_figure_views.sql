-- The published figures and their revisions, as readers see them. Both lists of columns are in the order that the views
-- have already, because a view can gain columns only at its end. For migrations before 0020; create_reader_views.sql replaces these views.
{% for view, view_columns in [("figure", columns), ("figure_revision", revision_columns)] %}
create or replace view reporting.{{ view | identifier }} with (security_invoker = true) as
select
{% for column in view_columns %}
    {{ column.table | identifier }}.{{ column.column | identifier }} as {{ column.name | identifier }}{% if not loop.last %},{% endif %}

{% endfor %}
from reporting.figure_state as state
inner join reporting.figure_series as series on series.series_no = state.series_no
inner join reporting.figure_window as reporting_window on reporting_window.window_no = state.window_no
inner join reporting.figure_change as change on change.change_no = state.change_no
{% if view == "figure" %}
where state.is_current and state.change <> 'withdrawn';
{% else %}
left join reporting.figure_state as previous
    on previous.figure_id = state.figure_id and previous.revision_no = state.revision_no - 1;
{% endif %}
{% endfor %}
