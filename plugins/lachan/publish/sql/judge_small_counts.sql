-- Decides what readers who are not cleared see (docs/privacy.md explains the rule), of the indicators with small counts and of
-- the calendar years that this publication touches. The result is in the temporary tables `known_count` (counts of the city
-- by day, with the block of time to which each day belongs) and `shown_cell` (the cells whose numbers are shown).
--
-- A cell is shown only if it is a union of blocks, and every block of counts is 0 or at least the threshold. So whatever is
-- computed from shown cells follows from sums of blocks.
create temporary table hidden_indicator on commit drop as
select indicator_key, indicator_group, small_count_below as threshold, ward_window
from reference.indicators
where small_count_below > 0 and indicator_group = any({{ groups }}::text[]);

create temporary table judged_year on commit drop as
select distinct unpublished.indicator_group, extract(year from reporting_window.window_starts_on)::integer as year
from unpublished
inner join reporting.figure_window as reporting_window
    on reporting_window.window_key = unpublished.window_key
    and (reporting_window.window_kind = 'day' or (reporting_window.window_kind, reporting_window.window_basis) = ('year', 'calendar'))
where unpublished.indicator_group in (select indicator_group from hidden_indicator);

-- Windows that overlap a judged year; `last_day` is the last one of which there are data.
create temporary table judged_window on commit drop as
with span as (
    select max(window_starts_on) as last_day from reporting.figure_window where window_kind = 'day'
)

select
    judged_year.indicator_group, reporting_window.window_no, reporting_window.window_key, reporting_window.window_kind,
    reporting_window.window_basis, reporting_window.window_starts_on as starts_on, reporting_window.window_ends_on as ends_on,
    least(reporting_window.window_ends_on, span.last_day) as last_day
from reporting.figure_window as reporting_window
cross join span
inner join judged_year
    on reporting_window.window_starts_on <= make_date(judged_year.year, 12, 31)
    and reporting_window.window_ends_on >= make_date(judged_year.year, 1, 1)
group by 1, 2, 3, 4, 5, 6, 7, 8;

-- Every count that a figure shows, and the figures that follow from it. A ratio without rows in the seed has an unknown count,
-- which is never shown.
create temporary table needed_count on commit drop as
select
    hidden.indicator_key, hidden.indicator_group, hidden.threshold, hidden.ward_window,
    coalesce(listed.count_key, hidden.indicator_key) as count_key,
    case when listed.count_key is null then 'numerator' else listed.counted_as end as counted_as,
    listed.part_of,
    count(*) over (partition by hidden.indicator_key) = 1 and listed.part_of is null as is_alone
from hidden_indicator as hidden
left join reference.indicator_count as listed on listed.indicator_key = hidden.indicator_key;

-- 1. Counts of the city by day, of the judged years and their neighbours, into which administrative windows reach.
create temporary table city_day on commit drop as
select
    needed.count_key, series.breakdown_value as part, reporting_window.window_starts_on as day,
    sum(case needed.counted_as when 'denominator' then coalesce(state.denominator, 0) else state.numerator end)::bigint as n
from needed_count as needed
inner join reporting.figure_series as series
    on series.indicator_key = needed.indicator_key and series.ward_key = 'city' and (series.breakdown_value = 'total' or needed.is_alone)
inner join reporting.figure_window as reporting_window
    on reporting_window.window_kind = 'day'
    and reporting_window.window_starts_on between (select make_date(min(year) - 1, 1, 1) from judged_year)
    and (select make_date(max(year) + 1, 12, 31) from judged_year)
inner join reporting.figure_state as state
    on state.window_no = reporting_window.window_no and state.series_no = series.series_no
    and state.has_threshold and state.is_current and state.change <> 'withdrawn'
where needed.counted_as is not null
group by 1, 2, 3
having sum(case needed.counted_as when 'denominator' then coalesce(state.denominator, 0) else state.numerator end) <> 0;

-- A split divides a count: into the counts that are a part of it, or into the parts of its breakdown. Those that have no
-- parent are divided by time only.
create temporary table split_unit on commit drop as
select 'count ' || count_key as split_key, null as parent, count_key as unit, count_key, 'total' as part, threshold, indicator_group
from needed_count
where counted_as is not null and part_of is null
union all
select 'parts of ' || part_of, part_of, count_key, count_key, 'total', threshold, indicator_group
from needed_count
where counted_as is not null and part_of is not null
union all
select distinct 'breakdown of ' || needed.count_key, needed.count_key, part.breakdown_value, needed.count_key, part.breakdown_value, needed.threshold, needed.indicator_group
from needed_count as needed
inner join reporting.figure_series as part
    on part.indicator_key = needed.indicator_key and part.ward_key = 'city' and part.breakdown_value <> 'total'
where needed.is_alone;

create temporary table split on commit drop as
select split_key, max(parent) as parent, max(threshold) as threshold, max(indicator_group) as indicator_group
from split_unit
group by split_key;

create temporary table unit_day on commit drop as
with counted as (
    select split_unit.split_key, split_unit.unit, city_day.day, city_day.n
    from split_unit
    inner join city_day on city_day.count_key = split_unit.count_key and city_day.part = split_unit.part
)

select split_key, unit, day, n from counted
union all
-- what belongs to none of the parts
select split.split_key, 'rest', whole.day, whole.n - coalesce(sum(counted.n), 0)
from split
inner join city_day as whole on whole.count_key = split.parent and whole.part = 'total'
left join counted on counted.split_key = split.split_key and counted.day = whole.day
group by split.split_key, whole.day, whole.n
having whole.n <> coalesce(sum(counted.n), 0);

-- 2. Each day with the year, half-year, quarter, month, half-month and day in which it lies (levels 1 to 6). Half-months are
-- what calendar and administrative months have in common. The longest of them that has ended is the top of its tree.
create temporary table day_node on commit drop as
with day as (
    select day::date as day
    from generate_series(
        (select make_date(min(year) - 1, 1, 1) from judged_year)::timestamp,
        least(
            (select make_date(max(year) + 1, 12, 31) from judged_year),
            (select max(window_starts_on) from reporting.figure_window where window_kind = 'day')
        ),
        interval '1 day'
    ) as day
),

half_month as (
    select day, date_trunc('month', day)::date as month_start, extract(day from day) >= 15 as is_second from day
),

node as (
    select
        half_month.day, node.level, node.starts_on::date as starts_on, (node.starts_on + node.length - interval '1 day')::date as ends_on
    from half_month
    cross join lateral (
        values
        (1, date_trunc('year', day), interval '1 year'),
        (2, date_trunc('year', day) + case when extract(month from day) > 6 then interval '6 months' else interval '0' end, interval '6 months'),
        (3, date_trunc('quarter', day), interval '3 months'),
        (4, date_trunc('month', day), interval '1 month'),
        (5, date_trunc('month', day) + case when is_second then interval '14 days' else interval '0' end,
            case when is_second then date_trunc('month', day) + interval '1 month' - (date_trunc('month', day) + interval '14 days') else interval '14 days' end),
        (6, day::timestamp, interval '1 day')
    ) as node (level, starts_on, length)
),

top as (
    select node.day, least(min(node.level) filter (where node.ends_on <= span.last_day), 5) as top_level
    from node
    cross join (select max(day) as last_day from day) as span
    group by node.day
)

select
    node.day, node.level, node.starts_on, least(node.ends_on, span.last_day) as ends_on, top.top_level,
    max(node.starts_on) filter (where node.level = top.top_level) over (partition by node.day) as top_starts_on,
    lag(node.starts_on) over (partition by node.day order by node.level) as parent_starts_on
from node
inner join top on top.day = node.day
cross join (select max(day) as last_day from day) as span;

create index day_node_day on day_node (day, level);
analyze day_node;
analyze unit_day;

-- 3. At the top, small units are hidden, with the next larger ones where they alone would not hide each other: two at least,
-- which together exceed their number so far that each could reach the threshold. Where even all do not suffice, zeros are
-- hidden as well.
create temporary table hidden_unit on commit drop as
with total as (
    select unit_day.split_key, day_node.top_starts_on, unit_day.unit, sum(unit_day.n) as n
    from unit_day
    inner join day_node on day_node.day = unit_day.day and day_node.level = 1
    group by 1, 2, 3
),

ranked as (
    select
        total.*, split.threshold,
        row_number() over by_size as place,
        sum(total.n - 1) over by_size as slack
    from total
    inner join split on split.split_key = total.split_key
    where total.n <> 0
    window by_size as (partition by total.split_key, total.top_starts_on order by total.n, total.unit)
),

hidden as (
    select
        split_key, top_starts_on,
        count(*) filter (where n < threshold) as small,
        min(place) filter (where place >= 2 and slack >= threshold - 1) as enough
    from ranked
    group by split_key, top_starts_on
)

select ranked.split_key, ranked.top_starts_on, ranked.unit
from ranked
inner join hidden on hidden.split_key = ranked.split_key and hidden.top_starts_on = ranked.top_starts_on
where hidden.small > 0 and ranked.place <= greatest(hidden.small, hidden.enough)
union all
select split_unit.split_key, hidden.top_starts_on, split_unit.unit
from hidden
inner join split_unit on split_unit.split_key = hidden.split_key
where hidden.small > 0 and hidden.enough is null;

-- 4. Time is divided further as long as no unit (those that are hidden count as one) is small in any piece.
create temporary table small_node on commit drop as
with unit as (
    select
        unit_day.split_key, unit_day.day, unit_day.n,
        case when hidden_unit.unit is null then unit_day.unit else 'hidden' end as unit
    from unit_day
    inner join day_node on day_node.day = unit_day.day and day_node.level = 1
    left join hidden_unit
        on hidden_unit.split_key = unit_day.split_key and hidden_unit.top_starts_on = day_node.top_starts_on and hidden_unit.unit = unit_day.unit
),

piece as (
    select unit.split_key, day_node.level, day_node.parent_starts_on, day_node.starts_on, unit.unit, sum(unit.n) as n
    from unit
    inner join day_node on day_node.day = unit.day and day_node.level > day_node.top_level
    group by 1, 2, 3, 4, 5
)

select distinct piece.split_key, piece.level, piece.parent_starts_on
from piece
inner join split on split.split_key = piece.split_key
where piece.n <> 0 and piece.n < split.threshold;

create temporary table split_day on commit drop as
select
    split.split_key, split.parent, day_node.day, day_node.top_starts_on,
    coalesce(min(day_node.level) filter (where small_node.split_key is not null), 7) - 1 as level
from split
cross join day_node
left join small_node
    on small_node.split_key = split.split_key and small_node.level = day_node.level and small_node.parent_starts_on = day_node.parent_starts_on
    and day_node.level > day_node.top_level
group by 1, 2, 3, 4;

-- 5. A part is divided by time no further than the whole, and not known where the whole is not.
create temporary table known_count (count_key text, part text, day date, level integer) on commit drop;

insert into known_count (count_key, part, day, level)
select split_unit.count_key, split_unit.part, split_day.day, split_day.level
from split_unit
inner join split_day on split_day.split_key = split_unit.split_key
left join hidden_unit
    on hidden_unit.split_key = split_unit.split_key and hidden_unit.top_starts_on = split_day.top_starts_on and hidden_unit.unit = split_unit.unit
where split_unit.parent is null and hidden_unit.unit is null;

{% for depth in range(2) %}
insert into known_count (count_key, part, day, level)
select split_unit.count_key, split_unit.part, split_day.day, least(split_day.level, whole.level)
from split_unit
inner join split_day on split_day.split_key = split_unit.split_key
inner join known_count as whole on whole.count_key = split_unit.parent and whole.part = 'total' and whole.day = split_day.day
left join hidden_unit
    on hidden_unit.split_key = split_unit.split_key and hidden_unit.top_starts_on = split_day.top_starts_on and hidden_unit.unit = split_unit.unit
where
    hidden_unit.unit is null
    and not exists (
        select from known_count as known
        where known.count_key = split_unit.count_key and known.part = split_unit.part and known.day = split_day.day
    );
{% endfor %}
analyze known_count;

create temporary table known_window on commit drop as
with judged as materialized ( -- with its days, because a join of ranges would compare every window with every count
    select each_window.window_key, each_window.starts_on, each_window.last_day, day::date as day
    from (select distinct window_key, starts_on, last_day from judged_window) as each_window
    cross join lateral generate_series(each_window.starts_on, each_window.last_day, interval '1 day') as day
)

select judged.window_key, known.count_key, known.part, coalesce(sum(city_day.n), 0) as n
from judged
inner join known_count as known on known.day = judged.day
inner join day_node on day_node.day = known.day and day_node.level = known.level
left join city_day on city_day.count_key = known.count_key and city_day.part = known.part and city_day.day = known.day
group by judged.window_key, judged.starts_on, judged.last_day, known.count_key, known.part
having
    count(*) = judged.last_day - judged.starts_on + 1
    and min(day_node.starts_on) >= judged.starts_on and max(day_node.ends_on) <= judged.last_day;

-- 6. Wards: only counts that are part of no other, without breakdown, in the shortest windows that the catalogue names and in
-- longer ones that consist of them. Small wards are hidden with the next larger ones, one more than parts are, because a ward
-- knows its own counts.
create temporary table ward_period on commit drop as
select distinct needed.indicator_key, needed.count_key, needed.threshold, judged.window_no, judged.window_key, judged.starts_on, judged.last_day
from needed_count as needed
inner join judged_window as judged
    on judged.indicator_group = needed.indicator_group and judged.window_kind = needed.ward_window and judged.window_basis = 'calendar'
inner join known_window as known
    on known.window_key = judged.window_key and known.count_key = needed.count_key and known.part = 'total'
where needed.is_alone;

create temporary table hidden_ward on commit drop as
with ranked as (
    select
        period.indicator_key, period.window_key, period.threshold, series.ward_key, state.numerator as n,
        row_number() over by_size as place,
        sum(state.numerator - 1) over by_size as slack
    from ward_period as period
    inner join reporting.figure_state as state
        on state.window_no = period.window_no and state.has_threshold and state.is_current and state.change <> 'withdrawn'
        and state.numerator <> 0
    inner join reporting.figure_series as series
        on series.series_no = state.series_no and series.indicator_key = period.indicator_key
        and series.ward_basis = 'as_was' and series.ward_key <> 'city' and series.breakdown_value = 'total'
    window by_size as (partition by period.indicator_key, period.window_key order by state.numerator, series.ward_key)
),

hidden as (
    select
        indicator_key, window_key, count(*) as wards,
        count(*) filter (where n < threshold) as small,
        min(place) filter (where place >= 2 and slack >= threshold - 1) + 1 as enough
    from ranked
    group by indicator_key, window_key
)

select ranked.indicator_key, ranked.window_key, ranked.ward_key
from ranked
inner join hidden on hidden.indicator_key = ranked.indicator_key and hidden.window_key = ranked.window_key
where hidden.small > 0 and ranked.place <= greatest(hidden.small, hidden.enough)
union all
select indicator_key, window_key, 'all'
from hidden
where small > 0 and (enough is null or enough > wards);

-- 7. The cells that are shown.
create temporary table shown_cell on commit drop as
with shown_of_city as (
    select needed.indicator_key, judged.window_key, 'total' as part
    from needed_count as needed
    inner join (select distinct indicator_group, window_key from judged_window) as judged on judged.indicator_group = needed.indicator_group
    left join known_window as known
        on known.window_key = judged.window_key and known.count_key = needed.count_key and known.part = 'total'
    group by needed.indicator_key, judged.window_key
    having bool_and(known.count_key is not null)
    union all
    select needed.indicator_key, known.window_key, known.part
    from needed_count as needed
    inner join known_window as known on known.count_key = needed.count_key and known.part <> 'total'
    where needed.is_alone
),

-- a longer window with the periods of which it consists
covered as (
    select
        period.indicator_key, judged.window_key,
        array_agg(distinct period.window_key) as periods
    from (select distinct window_key, window_kind, starts_on, last_day from judged_window where window_basis = 'calendar') as judged
    inner join (select distinct indicator_key, window_key, starts_on, last_day from ward_period) as period
        on period.starts_on >= judged.starts_on and period.last_day <= judged.last_day
    where judged.window_kind not in ('day', 'week')
    group by period.indicator_key, judged.window_key, judged.starts_on, judged.last_day
    having sum(period.last_day - period.starts_on + 1) = judged.last_day - judged.starts_on + 1
)

select indicator_key, window_key, 'as_was' as ward_basis, 'city' as ward_key, part from shown_of_city
union all
select covered.indicator_key, covered.window_key, area.ward_basis, area.ward_key, 'total'
from covered
cross join (
    select distinct ward_basis, ward_key from reporting.figure_series where ward_key <> 'city'
) as area
where not exists (
    select from hidden_ward as hidden
    where
        hidden.indicator_key = covered.indicator_key and hidden.window_key = any(covered.periods)
        and (
            hidden.ward_key in ('all', area.ward_key)
            or (area.ward_basis = 'recast' and hidden.ward_key in (
                select ward_key from marts.ward_recast where recast_ward_key = area.ward_key
            ))
        )
);
analyze shown_cell;
analyze judged_window;
