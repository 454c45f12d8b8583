-- 1. Counts of figures refer to their window and their series by numbers of 4 bytes instead of 8. The first build computes them
-- anew; until then marts.figure and marts.figure_fingerprint read the tables of the earlier release, which that build drops.
alter table if exists intermediate.int_figure_count rename to int_figure_count_of_earlier_release;
alter table if exists intermediate.int_figure_series rename to int_figure_series_of_earlier_release;
drop table if exists intermediate.int_measure, intermediate.int_distinct_count;

-- 2. Hash indexes with fuller pages: the ids of figures are evenly distributed, so few buckets overflow.
drop index reporting.figure_state_figure, reporting.open_figure_figure;
create index figure_state_figure on reporting.figure_state using hash (replace(figure_hash::text, '-', '')) with (fillfactor = 90);
create index open_figure_figure on reporting.open_figure using hash (replace(figure_hash::text, '-', '')) with (fillfactor = 90);
