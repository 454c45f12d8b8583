-- Rights to read the published figures. Safe to run again at any time. Wards have none: see create_figures_of_own_unit.sql.

grant select on
    reporting.figure, reporting.figure_state, reporting.figure_series, reporting.figure_window, reporting.figure_revision,
    reporting.figure_change
to lachan_analyst, lachan_reporter, lachan_transformer;
