{{ config(unique_key=['model_id', 'as_of']) }}

with known as (
    select
        min(first_day) filter (where feed = 'model_register') as first_on,
        min(first_day) filter (where feed = 'model_activities') as reported_from,
        max(last_day) as last_on
    from {{ ref('int_feed_span') }}
),

cut_off as (
    select distinct day as as_of
    from known
    cross join lateral generate_series(date_trunc('month', first_on), last_on, interval '1 month') as month
    cross join lateral (
        values (month::date + 13), ((month + interval '1 month')::date - 1), (last_on)
    ) as cut (day)
    where day between first_on and last_on
),

reported as (
    select cut_off.as_of, min(known.reported_from) as reported_from, max(file.export_date) as reported_until
    from cut_off
    cross join known
    left join {{ source('staging_ledger', 'taken_file') }} as file
        on file.feed = 'model_activities' and file.export_date <= cut_off.as_of
    group by cut_off.as_of
)

select
    model.model_id,
    reported.as_of,
    model.model_name,
    model.model_kind,
    model.host,
    model.ward_key,
    model.launched_on,

    -- a review of a later day was not known yet
    case when model.reviewed_on > reported.as_of then 'unrated' else model.rating end as rating,
    case when model.reviewed_on <= reported.as_of then model.reviewed_on end as reviewed_on,

    reported.reported_until,
    case
        when reported.reported_until is not null then greatest(model.launched_on, reported.reported_from)
    end as observed_from,

    model.file_id,
    model.line_no
from reported
inner join {{ ref('dim_model') }} as model
    on reported.as_of between model.in_force_from and coalesce(model.in_force_to, 'infinity')
