-- Counts of figures refer to their window and their series by numbers of 4 bytes instead of 8. The first build computes them
-- anew; until then marts.figure and marts.figure_fingerprint read the tables of the earlier release, which that build drops.
alter table if exists intermediate.int_figure_count rename to int_figure_count_of_earlier_release;
alter table if exists intermediate.int_figure_series rename to int_figure_series_of_earlier_release;
drop table if exists intermediate.int_measure, intermediate.int_distinct_count;
