{{ config(materialized='stable_view') }}

select
    series.indicator_key, reporting_window.window_key, series.ward_basis, series.ward_key, series.breakdown_value,
    counted.numerator, counted.denominator,
    counted.window_id, counted.series_id
from {{ ref('int_figure_count') }} as counted
inner join {{ ref('dim_reporting_window') }} as reporting_window on reporting_window.window_id = counted.window_id
inner join {{ ref('int_figure_series') }} as series on series.series_id = counted.series_id
