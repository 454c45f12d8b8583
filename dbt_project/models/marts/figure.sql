{{ config(unique_key='figure_id') }}

with touched as (
    select
        reporting_window.*,
        year_before.starts_on as year_before_starts_on
    from {{ ref('dim_reporting_window') }} as reporting_window
    left join {{ ref('dim_reporting_window') }} as year_before on year_before.window_key = reporting_window.year_before_key
    where reporting_window.is_touched
),

indicator as (
    select indicators.*, indicators.denominator is not null as is_ratio, span.first_day, span.last_day
    from {{ ref('indicators') }} as indicators
    inner join {{ ref('int_feed_span') }} as span on span.feed = indicators.feed
),

area as (
    select 'as_was' as ward_basis, 'city' as ward_key, null as ward_code, 'Toàn thành phố' as ward_name, '-infinity'::date as valid_from, 'infinity'::date as valid_to, true as is_shown
    union all
    select 'as_was', ward_key, ward_code, ward_name, coalesce(valid_from, '-infinity'), coalesce(valid_to, 'infinity'), is_in_city or ward_key = 'unknown'
    from {{ ref('dim_ward') }}
    union all
    select distinct 'recast', recast.recast_ward_key, today.ward_code, recast.recast_ward_name, '-infinity'::date, 'infinity'::date, true
    from {{ ref('ward_recast') }} as recast
    left join {{ ref('dim_ward') }} as today on today.ward_key = recast.recast_ward_key
),

-- In windows of a month or longer every total of every area is shown, and every part of the city; zeros too.
dense as (
    select indicator.indicator_key, touched.window_key, area.ward_basis, area.ward_key, breakdown.breakdown_value
    from touched
    inner join area on area.is_shown and area.valid_from <= touched.ends_on and area.valid_to >= touched.starts_on
    cross join indicator
    inner join {{ ref('breakdown') }} as breakdown
        on breakdown.breakdown_dim = 'total' or (breakdown.breakdown_dim = indicator.breakdown_dim and area.ward_key = 'city')
    where touched.window_kind not in ('day', 'week')
),

valued as (
    select
        indicator_key, window_key, ward_basis, ward_key, breakdown_value,
        coalesce(found.numerator, 0) as numerator,
        case when indicator.is_ratio then coalesce(found.denominator, 0) end as denominator,
        case
            when indicator.is_ratio then round(found.numerator / nullif(found.denominator, 0)::numeric, 6)
            else coalesce(found.numerator, 0)
        end as value
    from dense
    full join {{ ref('int_figure_cell') }} as found using (indicator_key, window_key, ward_basis, ward_key, breakdown_value)
    inner join indicator using (indicator_key)
    inner join touched using (window_key)
    where indicator.first_day <= touched.as_of
),

compared as (
    select
        valued.*,
        case
            when touched.ends_on > indicator.last_day then 'Kỳ chưa kết thúc'
            when touched.year_before_starts_on is null or touched.year_before_starts_on < indicator.first_day then 'Không có số liệu cùng kỳ năm trước'
            when area.valid_from > touched.year_before_starts_on then 'Năm trước chưa có đơn vị này'
            when indicator.is_ratio and year_before.value is null then 'Cùng kỳ năm trước mẫu số bằng 0'
            when not indicator.is_ratio and coalesce(year_before.value, 0) = 0 then 'Cùng kỳ năm trước bằng 0'
        end as no_base_vi,
        case when indicator.is_ratio then year_before.value else coalesce(year_before.value, 0) end as base
    from valued
    inner join indicator on indicator.indicator_key = valued.indicator_key
    inner join touched on touched.window_key = valued.window_key
    inner join area on area.ward_basis = valued.ward_basis and area.ward_key = valued.ward_key
    left join valued as year_before
        on year_before.window_key = touched.year_before_key
        and (year_before.indicator_key, year_before.ward_basis, year_before.ward_key, year_before.breakdown_value)
        = (valued.indicator_key, valued.ward_basis, valued.ward_key, valued.breakdown_value)
)

select
    md5(concat_ws('|', compared.indicator_key, compared.window_key, compared.ward_key, compared.breakdown_value, nullif(compared.ward_basis, 'as_was'))) as figure_id,

    indicator.indicator_key,
    indicator.label_vi,
    indicator.unit,
    indicator.measure,

    touched.window_key,
    touched.window_kind,
    touched.window_basis,
    touched.window_label_vi,
    touched.starts_on as window_starts_on,
    touched.ends_on as window_ends_on,
    touched.starts_on >= indicator.first_day and touched.ends_on <= indicator.last_day as is_complete,

    area.ward_basis,
    area.ward_key,
    area.ward_code,
    area.ward_name,

    breakdown.breakdown_dim,
    breakdown.breakdown_value,
    breakdown.label_vi as breakdown_label_vi,

    compared.numerator,
    compared.denominator,
    compared.value,
    coalesce(least(compared.numerator, compared.denominator) < indicator.small_count_below, false) as is_small_count,

    -- the same window of the year before
    case when compared.no_base_vi is null or compared.no_base_vi = 'Cùng kỳ năm trước bằng 0' then compared.base end as year_before_value,
    case when compared.no_base_vi is null or compared.no_base_vi = 'Cùng kỳ năm trước bằng 0' then compared.value - compared.base end as year_change,
    case when compared.no_base_vi is null and not indicator.is_ratio then round(100 * (compared.value - compared.base) / compared.base, 1) end as year_change_percent,
    compared.no_base_vi
from compared
inner join indicator on indicator.indicator_key = compared.indicator_key
inner join touched on touched.window_key = compared.window_key
inner join area on area.ward_basis = compared.ward_basis and area.ward_key = compared.ward_key
inner join {{ ref('breakdown') }} as breakdown
    on breakdown.breakdown_value = compared.breakdown_value
    and breakdown.breakdown_dim in ('total', indicator.breakdown_dim)
