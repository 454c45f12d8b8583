{{ config(unique_key=['indicator_key', 'as_of']) }}

-- Empty in a full build, which counts every stock.
{% if is_full_build() %}
select null::text as indicator_key, null::date as as_of
limit 0
{% else %}
-- Windows whose last day with data has moved take their stocks on another day than before.
with moved as (
    select distinct as_of
    from {{ changed_states('dim_reporting_window', ['window_key', 'window_kind', 'as_of', 'is_touched']) }} as reporting_window
),

opened as (
    select indicator_key, min(day) as day
    from {{ changed_states('int_stock_change', ['indicator_key', 'item_key', 'ward_key', 'breakdown_value', 'day', 'numerator', 'denominator']) }} as change
    group by indicator_key
)

select indicator.indicator_key, moved.as_of
from moved
cross join {{ ref('indicators') }} as indicator
where indicator.measure = 'stock'
union
select opened.indicator_key, reporting_window.as_of
from opened
inner join {{ ref('dim_reporting_window') }} as reporting_window
    on reporting_window.is_touched and reporting_window.as_of >= opened.day
{% endif %}
