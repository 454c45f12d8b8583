{{ config(unique_key=['feed', 'month']) }}

select
    agency,
    feed,
    date_trunc('month', period_to)::date as month,
    count(*)::integer as exports_expected,
    (count(*) filter (where days_late = 0))::integer as exports_on_time,
    (count(*) filter (where days_late > 0))::integer as exports_late,
    (percentile_cont(0.5) within group (order by days_late) filter (where days_late > 0))::numeric as days_late_median,
    max(days_late) filter (where days_late > 0) as days_late_worst,
    (count(*) filter (where standing = 'missing'))::integer as exports_missing,
    (count(*) filter (where standing in ('held', 'misdated')))::integer as exports_held,
    (count(*) filter (where standing = 'rejected'))::integer as exports_rejected,
    (count(*) filter (where is_corrected))::integer as exports_corrected,
    (percentile_cont(0.5) within group (order by days_until_corrected) filter (where days_until_corrected is not null))::numeric
        as days_until_corrected_median,
    sum(rows_quarantined)::bigint as rows_quarantined
from {{ ref('expected_export') }}
group by agency, feed, date_trunc('month', period_to)
