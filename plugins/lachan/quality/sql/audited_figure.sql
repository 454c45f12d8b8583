-- One row for each indicator with unpublished figures. Keys are constraints of the tables behind the view. Figures are
-- looked up by window before they are joined with groups (warehouse/sql/mart_fingerprints.sql says why).
with lowest as materialized (
    select
        figure.indicator_key, figure.window_key, count(*) as figures,
        min(figure.numerator) as lowest_numerator, min(figure.denominator) as lowest_denominator,
        count(*) filter (
            where num_nulls(
                figure.label_vi, figure.unit, figure.measure, figure.window_label_vi, figure.window_starts_on, figure.window_ends_on,
                figure.is_complete, figure.days_missing, figure.ward_name, figure.breakdown_label_vi, figure.numerator
            ) > 0
        ) as figures_lacking_values
    from marts.figure as figure
    where figure.window_key = any({{ windows }}::text[])
    group by figure.indicator_key, figure.window_key
)

select
    lowest.indicator_key as row_key,
    sum(lowest.figures)::bigint as figures,
    min(lowest.lowest_numerator) as lowest_numerator,
    min(lowest.lowest_denominator) as lowest_denominator,
    sum(lowest.figures_lacking_values)::bigint as figures_lacking_values,
    array[min(indicator.indicator_group)] as groups
from lowest
inner join reference.indicators as indicator on indicator.indicator_key = lowest.indicator_key
inner join ops.unpublished_window as unpublished
    on unpublished.mart = 'figure'
    and unpublished.indicator_group = indicator.indicator_group
    and unpublished.window_key = lowest.window_key
group by lowest.indicator_key
