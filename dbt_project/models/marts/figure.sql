{{ config(unique_key='figure_id') }}

-- Days first: matching windows with days by range is cheap, matching them with every measure is not.
with window_day as (
    select reporting_window.window_key, measured.day
    from (select distinct day from {{ ref('int_measure') }}) as measured
    inner join {{ ref('dim_reporting_window') }} as reporting_window
        on measured.day between reporting_window.starts_on and reporting_window.ends_on
),

touched as (
    select * from {{ ref('dim_reporting_window') }}
    where window_key in (select window_key from window_day)
),

area as (
    select 'city' as ward_key, null as ward_code, 'Toàn thành phố' as ward_name, '-infinity'::date as valid_from, 'infinity'::date as valid_to, true as is_shown
    union all
    select ward_key, ward_code, ward_name, coalesce(valid_from, '-infinity'), coalesce(valid_to, 'infinity'), is_in_city or ward_key = 'unknown'
    from {{ ref('dim_ward') }}
),

-- Every cell of every window of a month or longer is shown, zeros too.
dense as (
    select touched.window_key, area.ward_key, indicator.indicator_key, breakdown.breakdown_value
    from touched
    inner join area on area.is_shown and area.valid_from <= touched.ends_on and area.valid_to >= touched.starts_on
    cross join {{ ref('indicators') }} as indicator
    inner join {{ ref('breakdown') }} as breakdown on breakdown.breakdown_dim in ('total', indicator.breakdown_dim)
    where touched.window_kind not in ('day', 'week')
),

summed as (
    select
        window_day.window_key, measure.ward_key, measure.indicator_key, measure.breakdown_value,
        sum(measure.numerator) as numerator,
        sum(measure.denominator) as denominator
    from window_day
    inner join {{ ref('int_measure') }} as measure on measure.day = window_day.day
    group by window_day.window_key, measure.ward_key, measure.indicator_key, measure.breakdown_value
),

cell as (
    select
        window_key, ward_key, indicator_key, breakdown_value,
        coalesce(summed.numerator, 0) as numerator,
        coalesce(summed.denominator, 0) as denominator
    from dense
    full join summed using (window_key, ward_key, indicator_key, breakdown_value)
)

select
    md5(concat_ws('|', cell.indicator_key, cell.window_key, cell.ward_key, cell.breakdown_value)) as figure_id,

    indicator.indicator_key,
    indicator.label_vi,
    indicator.unit,

    touched.window_key,
    touched.window_kind,
    touched.window_basis,
    touched.window_label_vi,
    touched.starts_on as window_starts_on,
    touched.ends_on as window_ends_on,

    area.ward_key,
    area.ward_code,
    area.ward_name,

    breakdown.breakdown_dim,
    breakdown.breakdown_value,
    breakdown.label_vi as breakdown_label_vi,

    cell.numerator,
    case when indicator.is_ratio then cell.denominator end as denominator,
    case
        when indicator.is_ratio then round(cell.numerator / nullif(cell.denominator, 0), 6)
        else cell.numerator
    end as value
from cell
inner join touched on touched.window_key = cell.window_key
inner join area on area.ward_key = cell.ward_key
inner join {{ ref('indicators') }} as indicator on indicator.indicator_key = cell.indicator_key
inner join {{ ref('breakdown') }} as breakdown
    on breakdown.breakdown_value = cell.breakdown_value
    and breakdown.breakdown_dim in ('total', indicator.breakdown_dim)
