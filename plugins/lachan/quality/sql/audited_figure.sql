-- One row for each indicator with unpublished figures. Keys and required columns are constraints of the table.
select
    figure.indicator_key as row_key,
    count(*) as figures,
    min(figure.numerator) as lowest_numerator,
    min(figure.denominator) as lowest_denominator,
    array[min(indicator.indicator_group)] as groups
from marts.figure as figure
inner join reference.indicators as indicator on indicator.indicator_key = figure.indicator_key
inner join ops.unpublished_window as unpublished
    on unpublished.mart = 'figure'
    and unpublished.indicator_group = indicator.indicator_group
    and unpublished.window_key = figure.window_key
group by figure.indicator_key
