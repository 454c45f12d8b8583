-- The figures of one unit as a table (create_figures_of_own_unit.sql). Safe to run again at any time.
create or replace view reporting.ward_figure with (security_invoker = true) as
select
{% for column in columns %}
    {{ column.name | identifier }}{% if not loop.last %},{% endif %}

{% endfor %}
from reporting.figures_of_own_unit();
grant select on reporting.ward_figure to lachan_ward_viewer;
