{{ config(group='models', unique_key=['model_id', 'as_of'], scope=['vitality_scope']) }}

with with_norm as (
    select
        vitality.*,
        kind.norm_per_month,
        kind.silent_after_days as kind_silent_after_days,
        case
            when vitality.observed_from is not null
                then vitality.activities_six_months / least(6, greatest(1, (vitality.as_of - vitality.observed_from + 1) / 30.4375))
        end as per_month
    from {{ ref('int_model_vitality') }} as vitality
    left join {{ ref('model_kind') }} as kind on kind.model_kind = vitality.model_kind
    where {{ vitality_scope('vitality') }}
),

measured as (
    select
        *,
        as_of - last_activity_on as days_since,
        as_of - reviewed_on as rating_age_days,
        per_month / norm_per_month as share,
        case rating when 'good' then 'Tốt' when 'fair' then 'Khá' when 'average' then 'Trung bình' when 'weak' then 'Yếu' end as rating_vi
    from with_norm
),

flagged as (
    select
        measured.*, rule.point_silent_after_days,
        measured.last_activity_on is null as is_unreported,
        coalesce(measured.as_of - measured.reported_until > rule.reports_missing_after_days, true) as is_feed_missing,
        coalesce(measured.as_of - measured.observed_from < rule.judged_after_days, true) as is_observed_too_briefly,
        coalesce(measured.days_since > coalesce(measured.kind_silent_after_days, rule.silent_after_days), false) as is_silent,
        coalesce(measured.share < rule.irregular_below_share, false) as is_below_norm,
        -- a norm of less than one activity per month lowers the number of active months that is required
        coalesce(measured.observed_from <= measured.as_of - interval '6 months -1 day', false)
            and measured.months_active_of_six
                < least(rule.min_active_months, coalesce(floor(measured.norm_per_month * 6), 6)) as has_few_active_months,
        measured.rating_age_days > rule.rating_stale_after_days as is_rating_stale,
        measured.rating = 'unrated' and measured.as_of - measured.launched_on > rule.rating_stale_after_days as is_never_rated
    from measured
    inner join {{ ref('vitality_rule') }} as rule
        on measured.as_of between rule.valid_from and coalesce(rule.valid_to, 'infinity')
),

assessed as (
    select
        *,
        case
            when is_feed_missing or is_unreported then 'unknown'
            when is_silent then 'silent'
            when is_observed_too_briefly then 'unknown'
            when is_below_norm or has_few_active_months then 'irregular'
            else 'active'
        end as state
    from flagged
),

explained as (
    select
        *,
        concat_ws('; ',
            case
                when reported_until is null then 'chưa nhận được tệp hoạt động mô hình nào'
                when is_feed_missing then 'không nhận được tệp hoạt động mô hình từ sau ngày ' || {{ vi_date('reported_until') }}
            end,
            case
                when is_unreported and reported_until is not null
                    then 'chưa có hoạt động nào được báo cáo (ra mắt ' || {{ vi_date('launched_on') }} || ', theo dõi từ ' || {{ vi_date('observed_from') }} || ')'
            end,
            case
                when not is_feed_missing and is_observed_too_briefly and state = 'unknown'
                    then 'mới theo dõi được ' || (as_of - observed_from) || ' ngày (từ ' || {{ vi_date('observed_from') }} || '), chưa đủ để đánh giá'
            end,
            case
                when not is_feed_missing and is_silent
                    then 'không ghi nhận hoạt động nào trong ' || days_since || ' ngày (lần cuối ' || {{ vi_date('last_activity_on') }} || ')'
            end,
            case
                when not is_feed_missing and not is_unreported and not is_silent and is_below_norm
                    then 'chỉ đạt ' || floor(share * 100) || '% định mức (' || {{ vi_number('per_month') }} || ' hoạt động/tháng, định mức ' || {{ vi_number('norm_per_month') }} || ')'
            end,
            case
                when not is_feed_missing and not is_unreported and not is_silent and has_few_active_months
                    then 'chỉ có hoạt động trong ' || months_active_of_six || '/6 tháng gần nhất'
            end,
            case
                when not is_feed_missing and points_without_activity > 0
                    then points_without_activity || '/' || points_in_force || ' điểm không có hoạt động nào trong ' || point_silent_after_days || ' ngày'
            end,
            case
                when not is_feed_missing and rating = 'good' and (is_silent or is_unreported and not is_observed_too_briefly)
                    then 'xếp loại Tốt trong khi không ghi nhận hoạt động'
            end,
            case
                when is_rating_stale then 'xếp loại ' || rating_vi || ' nhưng đã ' || rating_age_days || ' ngày chưa rà soát'
                when rating_vi is not null and reviewed_on is null then 'xếp loại ' || rating_vi || ' nhưng không rõ ngày rà soát'
                when is_never_rated then 'chưa được xếp loại'
            end
        ) as reasons
    from assessed
)

select
    model_id,
    as_of,

    -- which
    model_name,
    model_kind,
    host,
    ward_key,
    launched_on,

    -- activity
    last_activity_on,
    days_since as days_since_last_activity,
    activities_90_days,
    round(per_month, 2) as activities_per_month,
    norm_per_month,
    round(share, 4) as share_of_norm,
    months_active_of_six,
    points_in_force,
    points_without_activity,

    -- rating
    rating,
    rating_age_days,

    -- state and reasons for a review
    state,
    upper(left(reasons, 1)) || nullif(substr(reasons, 2), '') as reasons_vi,
    case when reasons <> '' then 'Gợi ý rà soát, không phải kết luận.' end as advice_vi,

    -- where the model came from
    file_id,
    line_no
from explained
