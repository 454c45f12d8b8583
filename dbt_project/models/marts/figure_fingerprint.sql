-- depends_on: {{ ref('figure') }}
-- The hooks end an upgrade: until the first build, the view reads tables of the earlier release.
{{
    config(
        materialized='stable_view',
        post_hook=[
            "drop table if exists {{ ref('int_figure_count').schema }}.int_figure_count_of_earlier_release",
            "drop table if exists {{ ref('int_figure_series').schema }}.int_figure_series_of_earlier_release",
        ],
    )
}}

-- What the figures of a group in a window are computed from, instead of the figures, which takes longer to compute. Conditions on
-- window_key and indicator_group reach the tables, so that a reader of some windows does not read the others.
with input as (
    select series.indicator_key, reporting_window.window_key, 1 as figures, hash_record_extended(row(counted.*), 0) as row_hash
    from {{ ref('dim_reporting_window') }} as reporting_window
    inner join {{ ref('int_figure_count') }} as counted on counted.window_id = reporting_window.window_id
    inner join {{ ref('int_figure_series') }} as series on series.series_id = counted.series_id
    union all
    -- the year before
    select series.indicator_key, reporting_window.window_key, 0, hash_record_extended(row(counted.*), 1)
    from {{ ref('dim_reporting_window') }} as reporting_window
    inner join {{ ref('int_figure_count') }} as counted on counted.window_id = reporting_window.year_before_id
    inner join {{ ref('int_figure_series') }} as series on series.series_id = counted.series_id
    union all
    select indicator_window.indicator_key, indicator_window.window_key, 0, hashtextextended(indicator_window::text, 2)
    from {{ ref('int_indicator_window') }} as indicator_window
)

select
    input.window_key,
    indicator.indicator_group,
    sum(input.figures)::bigint as row_count,
    sum(input.row_hash::numeric) as hash_sum
from input
inner join {{ ref('indicators') }} as indicator on indicator.indicator_key = input.indicator_key
group by input.window_key, indicator.indicator_group

union all

-- what the figures of all windows have in common
select
    'all',
    indicator_group.indicator_group,
    0::bigint,
    (select sum(hashtextextended(area::text, 0)::numeric) from {{ ref('int_area') }} as area)
    + (select sum(hash_record_extended(row(series.*), 0)::numeric) from {{ ref('int_figure_series') }} as series)
    + (select sum(hashtextextended(breakdown::text, 0)::numeric) from {{ ref('breakdown') }} as breakdown)
    + hashtextextended(pg_get_viewdef(to_regclass('{{ ref("figure").include(database=false) }}')), 0)::numeric
from (select distinct indicator_group from {{ ref('indicators') }}) as indicator_group
