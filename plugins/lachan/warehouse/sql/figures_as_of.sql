-- Included where `at` is an instant: the published figures as they stood then. Where `part` is "indicator" or "window", those
-- of one, which `indicator` or `in_window` names: its states are looked up through the indexes, since every figure has one
-- current state, a withdrawn one included. With `without_threshold`, only those of indicators without small counts. `columns` are those of reporting.figure, in its order.
    select
{% for column in columns %}
        {% if column.table == "clearance" %}null::text{% else %}{{ column.table | identifier }}.{{ column.column | identifier }}{% endif %}{% if not loop.last %},{% endif %}

{% endfor %}
    from (
        select distinct on (figure_id) *
        from reporting.figure_state
        where
            {% if without_threshold %}not has_threshold and {% endif %}change_no in (select change_no from reporting.figure_change where changed_at <= at)
{% if part %}
            and figure_id in (
                select known.figure_id
                from reporting.figure_state as known
                where
                    known.is_current
{% if part == "indicator" %}
                    and known.series_no in (
                        select series_no from reporting.figure_series where indicator_key = indicator
                    )
{% else %}
                    and known.window_no in (
                        select window_no from reporting.figure_window where window_key = in_window
                    )
{% endif %}
            )
{% endif %}
        order by figure_id, revision_no desc
    ) as state
    inner join reporting.figure_series as series on series.series_no = state.series_no
    inner join reporting.figure_window as reporting_window on reporting_window.window_no = state.window_no
    inner join reporting.figure_change as change on change.change_no = state.change_no
    where state.change <> 'withdrawn'
