-- The other hooks end an upgrade: until the first build, the view reads tables of the earlier release.
{{
    config(
        materialized='stable_view',
        post_hook=[
            "{{ record_unpublished_figures() }}",
            "drop table if exists {{ this.schema }}.figure_of_earlier_release",
            "drop view if exists {{ ref('int_indicator_window').schema }}.int_figure_cell",
            "drop table if exists {{ ref('int_indicator_window').schema }}.int_series",
        ],
    )
}}

with valued as (
    select
        indicator_window.*,
        area.ward_basis, area.ward_key, area.ward_code, area.ward_name,
        series.breakdown_value,
        counted.numerator,
        case when indicator_window.is_ratio then coalesce(counted.denominator, 0) end as denominator,
        case
            when indicator_window.is_ratio then round(counted.numerator / nullif(counted.denominator, 0)::numeric, 6)
            else counted.numerator
        end as value,
        case
            when indicator_window.no_base_vi is not null then null
            when indicator_window.is_ratio then round(year_before.numerator / nullif(year_before.denominator, 0)::numeric, 6)
            else coalesce(year_before.numerator, 0)
        end as base,
        coalesce(area.valid_from > indicator_window.year_before_starts_on, false) as is_new_ward,
        area.valid_to < indicator_window.as_of
            or exists (select from unnest(area.changed_on) as day where day > indicator_window.year_before_starts_on and day <= indicator_window.as_of)
            as is_changed_ward,
        area.ward_basis = 'recast' and exists (select from unnest(area.changed_on) as day where day > indicator_window.starts_on)
            as is_partly_outside
    from {{ ref('int_figure_count') }} as counted
    inner join {{ ref('int_figure_series') }} as series on series.series_id = counted.series_id
    inner join {{ ref('int_indicator_window') }} as indicator_window
        on indicator_window.window_id = counted.window_id and indicator_window.indicator_key = series.indicator_key
    inner join {{ ref('int_area') }} as area on area.ward_basis = series.ward_basis and area.ward_key = series.ward_key
    left join {{ ref('int_figure_count') }} as year_before
        on year_before.window_id = indicator_window.year_before_id and year_before.series_id = counted.series_id
),

comparable as (
    select *, case when not (is_new_ward or is_changed_ward) then base end as year_before_value
    from valued
)

select
    md5(concat_ws('|', comparable.indicator_key, comparable.window_key, comparable.ward_key, comparable.breakdown_value, nullif(comparable.ward_basis, 'as_was'))) as figure_id,

    comparable.indicator_key,
    comparable.label_vi,
    comparable.unit,
    comparable.measure,

    comparable.window_key,
    comparable.window_kind,
    comparable.window_basis,
    comparable.window_label_vi,
    comparable.starts_on as window_starts_on,
    comparable.ends_on as window_ends_on,
    comparable.is_complete and not comparable.is_partly_outside as is_complete,
    comparable.days_missing,

    comparable.ward_basis,
    comparable.ward_key,
    comparable.ward_code,
    comparable.ward_name,

    breakdown.breakdown_dim,
    breakdown.breakdown_value,
    breakdown.label_vi as breakdown_label_vi,

    comparable.numerator,
    comparable.denominator,
    comparable.value,
    comparable.is_ratio and least(comparable.numerator, comparable.denominator) < comparable.small_count_below as is_small_count,

    -- the same window of the year before
    comparable.year_before_value,
    comparable.value - comparable.year_before_value as year_change,
    case when not comparable.is_ratio then round(100 * (comparable.value - comparable.year_before_value) / nullif(comparable.year_before_value, 0), 1) end as year_change_percent,
    case
        when comparable.no_base_vi is not null then comparable.no_base_vi
        when comparable.is_new_ward then 'Năm trước chưa có đơn vị này'
        when comparable.is_changed_ward then 'Địa giới đơn vị thay đổi so với cùng kỳ năm trước'
        when comparable.year_before_value is null then 'Cùng kỳ năm trước mẫu số bằng 0'
        when comparable.year_before_value = 0 and not comparable.is_ratio then 'Cùng kỳ năm trước bằng 0'
    end as no_base_vi
from comparable
inner join {{ ref('breakdown') }} as breakdown
    on breakdown.breakdown_value = comparable.breakdown_value
    and breakdown.breakdown_dim in ('total', comparable.breakdown_dim)
