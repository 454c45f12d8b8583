{{ config(group='models', unique_key=['as_of', 'model_id'], scope=['vitality_scope']) }}

with data_span as (
    select
        min(first_day) filter (where feed = 'model_register') as first_on,
        min(first_day) filter (where feed = 'model_activities') as reported_from,
        max(last_day) as last_on
    from {{ ref('int_feed_span') }}
),

cut_off as (
    select distinct day as as_of
    from data_span
    cross join lateral generate_series(date_trunc('month', first_on), last_on, interval '1 month') as month
    cross join lateral (
        values (month::date + 13), ((month + interval '1 month')::date - 1), (last_on)
    ) as cut (day)
    where day between first_on and last_on
),

cut_off_reports as (
    select cut_off.as_of, min(data_span.reported_from) as reported_from, max(file.export_date) as reported_until
    from cut_off
    cross join data_span
    left join {{ source('ops', 'delivery_in_force') }} as file
        on file.feed = 'model_activities' and file.export_date <= cut_off.as_of
    where {{ vitality_scope('cut_off') }}
    group by cut_off.as_of
)

select
    model.model_id,
    cut_off_reports.as_of,
    model.model_name,
    model.model_kind,
    model.host,
    model.ward_key,
    model.launched_on,

    -- a review after the cut-off day was not known on that day
    case when model.reviewed_on > cut_off_reports.as_of then 'unrated' else model.rating end as rating,
    case when model.reviewed_on <= cut_off_reports.as_of then model.reviewed_on end as reviewed_on,

    cut_off_reports.reported_until,
    case
        when cut_off_reports.reported_until is not null then greatest(model.launched_on, cut_off_reports.reported_from)
    end as observed_from,

    model.file_id,
    model.line_no
from cut_off_reports
inner join {{ ref('dim_model') }} as model
    on cut_off_reports.as_of between model.in_force_from and coalesce(model.in_force_to, 'infinity')
