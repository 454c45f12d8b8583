select figure.*, figure.figure_id as row_key, array[indicator.indicator_group] as groups
from marts.figure as figure
inner join reference.indicators as indicator on indicator.indicator_key = figure.indicator_key
