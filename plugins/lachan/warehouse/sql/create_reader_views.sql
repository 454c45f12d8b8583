-- noqa: disable=CV03
-- What readers see. Cleared ones see what is stored. The others see reporting.open_figure, which holds nothing that they may
-- not see, so that no plan and no counter depends on the rest; and the revisions of indicators without small counts. Safe to
-- run again at any time.
create or replace view reporting.figure with (security_invoker = false) as
select
{% for column in columns %}
    {% if column.table == "clearance" %}
    (
        select
            case
                when open_figure.is_suppressed is false or open_figure.figure_hash is null and not rule.hides_small_counts then null
                when least(nullif(stored.numerator, 0), nullif(stored.denominator, 0), nullif(stored.denominator - stored.numerator, 0)) < rule.small_count_below
                    then 'primary'
                else 'secondary'
            end
        from (values (1)) as always
        left join reporting.open_figure on open_figure.figure_id = stored.figure_id
        left join reporting.small_count_rule as rule on rule.indicator_key = stored.indicator_key
    ) as suppressed{% if not loop.last %},{% endif %}

    {% else %}
    stored.{{ column.name | identifier }}{% if not loop.last %},{% endif %}

    {% endif %}
{% endfor %}
from reporting.stored_figure as stored
where reporting.is_cleared()
union all
{% include "warehouse/sql/open_figures.sql" %}

where not reporting.is_cleared();

create or replace view reporting.figure_revision with (security_invoker = false) as
select * from reporting.stored_revision
where reporting.is_cleared()
union all
select * from reporting.open_revisions()
where not reporting.is_cleared();

-- Labels of wards and parts: of series that every city has, so that none tells what was counted.
create or replace view reporting.figure_area as
select distinct on (ward_key) ward_key, ward_code, ward_name
from reporting.figure_series
where ward_basis = 'as_was' and breakdown_value = 'total'
order by ward_key, series_no desc;

create or replace view reporting.figure_part as
select distinct on (indicator_key, breakdown_value) indicator_key, breakdown_value, breakdown_label_vi
from reporting.figure_series
where ward_basis = 'as_was' and ward_key = 'city'
order by indicator_key, breakdown_value, series_no desc;
