{{ config(unique_key='window_key') }}

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

counted as (
    select
        aligned.*, ordinal,
        (anchor + (ordinal - 1) * length)::date as starts_on,
        (anchor + ordinal * length - interval '1 day')::date as ends_on
    from aligned
    cross join lateral generate_series(1, repeats) as ordinal
),

kept as (
    select counted.*, rule_key || '@' || starts_on as window_key
    from counted
    where starts_on < next_anchor
      and ends_on between valid_from and coalesce(valid_to, 'infinity')
)

select
    kept.window_key,
    kept.rule_key,
    kept.kind as window_kind,
    kept.basis as window_basis,
    replace(replace(replace(replace(replace(kept.label_vi,
        '{n}', kept.ordinal::text),
        '{half}', case when kept.ordinal = 1 then 'đầu' else 'cuối' end),
        '{year}', kept.year::text),
        '{from}', to_char(kept.starts_on, 'DD/MM/YYYY')),
        '{to}', to_char(kept.ends_on, 'DD/MM/YYYY')) as window_label_vi,
    kept.year as window_year,
    kept.ordinal as window_ordinal,
    kept.starts_on,
    kept.ends_on,
    least(kept.ends_on, span.last_day) as as_of,
    kept.starts_on <= span.last_day and kept.ends_on >= span.first_day as is_touched,
    year_before.window_key as year_before_key,
    kept.legal_source
from kept
cross join span
-- A day is compared with its date, whatever its number in the year; 29 February and a 53rd week may have no partner.
left join kept as year_before
    on year_before.rule_key = kept.rule_key
    and year_before.year = kept.year - 1
    and case
        when kept.kind = 'day' then to_char(year_before.starts_on, 'MMDD') = to_char(kept.starts_on, 'MMDD')
        else year_before.ordinal = kept.ordinal
    end
