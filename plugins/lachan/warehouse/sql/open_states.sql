-- noqa: disable=CV03
-- Included as a query: the current states as readers who are not cleared see them, with the columns of reporting.figure_state. Those
-- of indicators with a threshold are in reporting.open_figure, the others where they are stored.
{% set numbers = columns | selectattr("table", "equalto", "state") | map(attribute="column") | reject("equalto", "revision_no") | list %}
select
    open_figure.series_no, open_figure.window_no, null::integer as change_no, null::integer as revision_no,
    open_figure.is_suppressed, open_figure.hides_base, {{ numbers | identifiers("open_figure") }}
from reporting.open_figure
union all
select
    stored.series_no, stored.window_no, stored.change_no, stored.revision_no,
    false, false, {{ numbers | identifiers("stored") }}
from reporting.figure_state as stored
where not stored.has_threshold and stored.is_current and stored.change <> 'withdrawn'
