-- Makes reporting.open_figure what readers who are not cleared may see of figures with a threshold, in the windows that this
-- publication touches: what judge_small_counts.sql shows with its numbers, the others without them. Figures that exist only where
-- something was counted (parts of wards, single days and weeks of wards) are left out if they are not shown, because a row would
-- say that something was.
create temporary table open_series on commit drop as
select
    series.series_no, series.indicator_key, series.ward_basis, series.ward_key, series.breakdown_value,
    coalesce(indicator.indicator_group, 'common') as indicator_group
from reporting.figure_series as series
left join reference.indicators as indicator on indicator.indicator_key = series.indicator_key
where
    coalesce(indicator.indicator_group, 'common') = any({{ groups }}::text[])
    and coalesce(indicator.small_count_below > 0, true);
create index on open_series (indicator_key, ward_key);
analyze open_series;

create temporary table open_window on commit drop as
select distinct unpublished.indicator_group, reporting_window.window_no, reporting_window.window_key, reporting_window.window_kind
from unpublished
inner join reporting.figure_window as reporting_window on reporting_window.window_key = unpublished.window_key;
analyze open_window;

-- The cells that this publication may have changed: all in the windows that it touches; in the other windows of the judged
-- years those that are shown now or were before.
create temporary table candidate on commit drop as
select state.series_no, state.window_no
from open_window
inner join reporting.figure_state as state
    on state.window_no = open_window.window_no and state.has_threshold and state.is_current and state.change <> 'withdrawn'
inner join open_series as series
    on series.series_no = state.series_no and series.indicator_group = open_window.indicator_group
where
    series.ward_key = 'city'
    or (series.breakdown_value = 'total' and open_window.window_kind not in ('day', 'week'))
union
select series.series_no, judged.window_no
from shown_cell as shown
inner join judged_window as judged on judged.window_key = shown.window_key
inner join open_series as series
    on series.indicator_key = shown.indicator_key and series.ward_basis = shown.ward_basis and series.ward_key = shown.ward_key
    and series.breakdown_value = shown.part and series.indicator_group = judged.indicator_group
union
select open_figure.series_no, open_figure.window_no
from judged_window as judged
inner join reporting.open_figure
    on open_figure.window_no = judged.window_no and not open_figure.is_suppressed
inner join open_series as series
    on series.series_no = open_figure.series_no and series.indicator_group = judged.indicator_group;
analyze candidate;

create temporary table wanted on commit drop as
select
    state.figure_hash,
    case when shown.indicator_key is not null then state.numerator end as numerator,
    case when shown.indicator_key is not null then state.denominator end as denominator,
    state.series_no, state.window_no,
    case when shown.indicator_key is not null then state.is_small_count end as is_small_count,
    shown.indicator_key is null as is_suppressed,
    state.year_before_value
from candidate
inner join open_series as series on series.series_no = candidate.series_no
inner join reporting.figure_window as reporting_window on reporting_window.window_no = candidate.window_no
inner join reporting.figure_state as state
    on state.window_no = candidate.window_no and state.series_no = candidate.series_no
    and state.has_threshold and state.is_current and state.change <> 'withdrawn'
left join shown_cell as shown
    on shown.indicator_key = series.indicator_key and shown.window_key = reporting_window.window_key
    and shown.ward_basis = series.ward_basis and shown.ward_key = series.ward_key and shown.part = series.breakdown_value;
analyze wanted;

create temporary table opened on commit drop as
select open_figure.*
from reporting.open_figure
inner join (
    select candidate.series_no, candidate.window_no
    from candidate
    union
    select listed.series_no, listed.window_no
    from open_window
    inner join reporting.open_figure as listed on listed.window_no = open_window.window_no
    inner join open_series as series on series.series_no = listed.series_no and series.indicator_group = open_window.indicator_group
) as known on known.window_no = open_figure.window_no and known.series_no = open_figure.series_no;
analyze opened;

create temporary table kept on commit drop as
select opened.window_no, opened.series_no
from opened
inner join wanted
    on wanted.window_no = opened.window_no and wanted.series_no = opened.series_no and wanted.figure_hash = opened.figure_hash
    and wanted.is_suppressed = opened.is_suppressed
    and (wanted.numerator, wanted.denominator, wanted.is_small_count)
    is not distinct from (opened.numerator, opened.denominator, opened.is_small_count);
analyze kept;

create temporary table closed on commit drop as
select opened.window_no, opened.series_no
from opened
where not exists (select from kept where kept.window_no = opened.window_no and kept.series_no = opened.series_no);
analyze closed;

delete from reporting.open_figure as open_figure
using closed
where open_figure.window_no = closed.window_no and open_figure.series_no = closed.series_no;

-- a figure whose labels have changed is listed under its earlier series or window
delete from reporting.open_figure as open_figure
using revised
where
    open_figure.window_no = revised.was_window_no and open_figure.series_no = revised.was_series_no
    and (revised.was_window_no, revised.was_series_no) <> (revised.window_no, revised.series_no);

insert into reporting.open_figure (figure_hash, numerator, denominator, series_no, window_no, is_small_count, is_suppressed, hides_base)
select
    figure_hash, numerator, denominator, series_no, window_no, is_small_count, is_suppressed,
    is_suppressed or year_before_value is not null
from wanted
where not exists (select from kept where kept.window_no = wanted.window_no and kept.series_no = wanted.series_no)
order by window_no, series_no;

-- The comparison with the year before is shown if the figure of that year is shown, with the same value.
create temporary table compared_window on commit drop as
with based as (
    select
        window_no, window_kind, window_basis, window_starts_on as starts_on,
        case window_kind
            when 'week' then to_date(
                extract(isoyear from window_starts_on) - 1 || '-' || extract(week from window_starts_on), 'IYYY-IW'
            )
            else (window_starts_on - interval '1 year')::date
        end as base_on,
        window_key in (select window_key from judged_window) as is_judged
    from reporting.figure_window
)

select later.window_no, earlier.window_no as earlier_no
from based as later
inner join based as earlier
    on earlier.window_kind = later.window_kind and earlier.window_basis = later.window_basis and earlier.starts_on = later.base_on
where
    (later.is_judged or earlier.is_judged)
    and case later.window_kind
        when 'week' then extract(week from later.base_on) = extract(week from later.starts_on)
        else extract(day from later.base_on) = extract(day from later.starts_on)
    end;
analyze compared_window;

-- counted before they are joined with their states: planned as all figures of these windows, they would be compared with the
-- states of all years
create temporary table shown_figure on commit drop as
select listed.window_no, listed.series_no
from reporting.open_figure as listed
inner join open_series as series on series.series_no = listed.series_no
where
    not listed.is_suppressed
    and listed.window_no = any(array(
        select window_no from compared_window
        union
        select window_no from judged_window
    ));
analyze shown_figure;

create temporary table compared on commit drop as
select
    listed.window_no, listed.series_no,
    max(state.year_before_value) filter (where earlier.value = state.year_before_value) as year_before_value
from shown_figure as listed
inner join reporting.figure_state as state
    on state.window_no = listed.window_no and state.series_no = listed.series_no
    and state.has_threshold and state.is_current and state.year_before_value is not null
left join compared_window as compared_with on compared_with.window_no = listed.window_no
left join reporting.open_figure as earlier
    on earlier.window_no = compared_with.earlier_no and earlier.series_no = listed.series_no and not earlier.is_suppressed
group by listed.window_no, listed.series_no;
analyze compared;

update reporting.open_figure as open_figure
set year_before_value = compared.year_before_value, hides_base = compared.year_before_value is null
from compared
where
    open_figure.window_no = compared.window_no and open_figure.series_no = compared.series_no
    and open_figure.year_before_value is distinct from compared.year_before_value;
