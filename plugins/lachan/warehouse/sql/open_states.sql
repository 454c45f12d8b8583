-- noqa: disable=CV03
-- Included as a query: states as readers who are not cleared see them, with the columns of reporting.figure_state. Those of
-- indicators with a threshold are in reporting.open_figure, the others where they are stored. Who includes it takes those that are
-- current and not withdrawn: with a condition in one of its parts, PostgreSQL would look no row up by a key of the reader's join.
{% set numbers = columns | selectattr("table", "equalto", "state") | map(attribute="column") | reject("equalto", "revision_no") | list %}
select
    open_figure.series_no, open_figure.window_no, null::integer as change_no, null::integer as revision_no,
    true as is_current, 'new' as change, open_figure.is_suppressed, open_figure.hides_base, {{ numbers | identifiers("open_figure") }}
from reporting.open_figure
union all
select
    stored.series_no, stored.window_no, stored.change_no, stored.revision_no,
    stored.is_current, stored.change, false, false, {{ numbers | identifiers("stored") }}
from reporting.figure_state_without_threshold as stored
