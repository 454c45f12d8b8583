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
)

select
    rule_key || '@' || starts_on as window_key,
    rule_key,
    kind as window_kind,
    basis as window_basis,
    replace(replace(replace(replace(label_vi,
        '{n}', ordinal::text),
        '{year}', year::text),
        '{from}', to_char(starts_on, 'DD/MM/YYYY')),
        '{to}', to_char(ends_on, 'DD/MM/YYYY')) as window_label_vi,
    year as window_year,
    ordinal as window_ordinal,
    starts_on,
    ends_on,
    least(ends_on, span.last_day) as as_of,
    starts_on <= span.last_day and ends_on >= span.first_day as is_touched,
    lag(rule_key || '@' || starts_on) over (partition by rule_key, ordinal order by year) as year_before_key,
    legal_source
from counted
cross join span
where starts_on < next_anchor
  and ends_on between valid_from and coalesce(valid_to, 'infinity')
