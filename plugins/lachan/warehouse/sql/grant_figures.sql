-- Rights to read the published figures. For migrations before 0020; grant_reporting.sql has those of today.

grant select on
    reporting.figure, reporting.figure_state, reporting.figure_series, reporting.figure_window, reporting.figure_revision,
    reporting.figure_change
to lachan_analyst, lachan_reporter, lachan_transformer;
