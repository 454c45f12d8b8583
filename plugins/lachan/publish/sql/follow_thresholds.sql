-- Notes the thresholds of the catalogue, and keeps the states of figures divided by them: those of an indicator that has got its
-- first threshold, has lost it, or has left the catalogue, move to the other table. What readers who are not cleared see of
-- figures with a threshold is written later in the same transaction.
create temporary table changed_rule on commit drop as
select
    coalesce(indicator.indicator_key, rule.indicator_key) as indicator_key,
    coalesce(indicator.small_count_below > 0, true) as has_threshold
from reference.indicators as indicator
full join reporting.small_count_rule as rule on rule.indicator_key = indicator.indicator_key
where coalesce(indicator.small_count_below > 0, true) <> coalesce(rule.hides_small_counts, true);
analyze changed_rule; -- it is empty nearly always, which the planner has to know

insert into reporting.small_count_rule (indicator_key, small_count_below)
select indicator_key, small_count_below from reference.indicators
on conflict (indicator_key) do update set small_count_below = excluded.small_count_below
where small_count_rule.small_count_below <> excluded.small_count_below;

delete from reporting.small_count_rule as rule
where not exists (select from reference.indicators as indicator where indicator.indicator_key = rule.indicator_key);

update reporting.figure_state as state
set has_threshold = changed.has_threshold
from changed_rule as changed
inner join reporting.figure_series as series on series.indicator_key = changed.indicator_key
where state.series_no = series.series_no and state.has_threshold <> changed.has_threshold;

delete from reporting.open_figure as open_figure
using changed_rule as changed
inner join reporting.figure_series as series on series.indicator_key = changed.indicator_key
where open_figure.series_no = series.series_no and not changed.has_threshold;
