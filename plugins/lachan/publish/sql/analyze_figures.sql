analyze reporting.figure_state, reporting.open_figure
