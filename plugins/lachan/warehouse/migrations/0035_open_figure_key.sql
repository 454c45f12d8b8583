-- Figures that readers see are found by window and series, or by their id. A key of the hash took as much room as half of the rows.
alter table reporting.open_figure drop constraint open_figure_pkey;
drop index reporting.open_figure_window;
alter table reporting.open_figure add primary key (window_no, series_no);
