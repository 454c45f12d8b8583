{{ config(unique_key='window_key', records_changes=true) }}

with span as (
    select min(first_day) as first_day, max(last_day) as last_day
    from {{ ref('int_feed_span') }}
),

years as (
    select generate_series(extract(year from first_day)::integer - 1, extract(year from last_day)::integer + 1) as year
    from span
),

anchored as (
    select
        rule.*,
        years.year,
        make_date(years.year + anchor_year_offset, anchor_month, anchor_day) as anchor,
        make_date(years.year + anchor_year_offset + 1, anchor_month, anchor_day) as next_anchor
    from {{ ref('reporting_window_rule') }} as rule
    cross join years
),

aligned as (
    select
        rule_key, kind, basis, label_vi, length, repeats, valid_from, valid_to, legal_source, year,
        case when starts_on_monday then date_trunc('week', anchor)::date else anchor end as anchor,
        case when starts_on_monday then date_trunc('week', next_anchor)::date else next_anchor end as next_anchor
    from anchored
),

numbered as (
    select
        aligned.*, ordinal,
        (anchor + (ordinal - 1) * length)::date as starts_on,
        (anchor + ordinal * length - interval '1 day')::date as ends_on
    from aligned
    cross join lateral generate_series(1, repeats) as ordinal
),

valid_window as (
    select
        numbered.*,
        rule_key || '@' || starts_on as window_key,
        case when kind = 'day' then to_char(starts_on, 'MMDD') else ordinal::text end as place_in_year
    from numbered
    where starts_on < next_anchor
      and ends_on between valid_from and coalesce(valid_to, 'infinity')
)

select
    valid_window.window_key,
    valid_window.rule_key,
    valid_window.kind as window_kind,
    valid_window.basis as window_basis,
    replace(replace(replace(replace(replace(valid_window.label_vi,
        '{n}', valid_window.ordinal::text),
        '{half}', case when valid_window.ordinal = 1 then 'đầu' else 'cuối' end),
        '{year}', valid_window.year::text),
        '{from}', to_char(valid_window.starts_on, 'DD/MM/YYYY')),
        '{to}', to_char(valid_window.ends_on, 'DD/MM/YYYY')) as window_label_vi,
    valid_window.year as window_year,
    valid_window.ordinal as window_ordinal,
    valid_window.starts_on,
    valid_window.ends_on,
    least(valid_window.ends_on, span.last_day) as as_of,
    valid_window.starts_on <= span.last_day as has_begun,
    valid_window.starts_on <= span.last_day and valid_window.ends_on >= span.first_day as is_touched,
    year_before.window_key as year_before_key,
    valid_window.legal_source,
    {{ window_number('valid_window') }}::bigint as window_id,
    {{ window_number('year_before') }}::bigint as year_before_id,
    year_before.starts_on as year_before_starts_on
from valid_window
cross join span
-- A day is compared with the same date of the year before, other windows with the one of the same ordinal. 29 February
-- and a 53rd week may have no counterpart.
left join valid_window as year_before
    on year_before.rule_key = valid_window.rule_key
    and year_before.year = valid_window.year - 1
    and year_before.place_in_year = valid_window.place_in_year
