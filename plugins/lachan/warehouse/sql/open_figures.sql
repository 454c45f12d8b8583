-- noqa: disable=CV03
-- Included as a query, which a condition may follow: the states of open_states.sql with the columns of reporting.figure.
select
{% for column in columns %}
    {% if column.table == "clearance" %}
    case when state.is_suppressed then 'hidden' end{% if not loop.last %},{% endif %}

    {% elif column.name == "no_base_vi" %}
    case when state.is_suppressed then null when state.hides_base then 'Không so sánh với cùng kỳ năm trước' else reporting_window.no_base_vi end{% if not loop.last %},{% endif %}

    {% elif column.table == "change" %}
    coalesce(change.{{ column.column | identifier }}, (select publication.published_at from reporting.publication order by publication.publication_id desc limit 1)){% if not loop.last %},{% endif %}

    {% else %}
    {{ column.table | identifier }}.{{ column.column | identifier }}{% if not loop.last %},{% endif %}

    {% endif %}
{% endfor %}
from (
{% include "warehouse/sql/open_states.sql" %}

) as state
inner join reporting.figure_series as series
    on series.series_no = state.series_no and state.is_current and state.change <> 'withdrawn'
inner join reporting.figure_window as reporting_window on reporting_window.window_no = state.window_no
left join reporting.figure_change as change on change.change_no = state.change_no
