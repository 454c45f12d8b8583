-- Gives each figure of the published groups that differs from its published state a new state. That of a withdrawn figure
-- has the labels with which it was published. Its reason names the deliveries of its group that have changed. Returns how
-- many figures are new, changed and withdrawn.
--
-- They are collected in the temporary table `revised` first: looking withdrawn figures up in the table of states while
-- rows are inserted into it would read the new ones again and again.
{% set series = figure.columns | selectattr("stored_in", "equalto", "series") | map(attribute="name") | list %}
{% set window_columns = figure.columns | selectattr("stored_in", "equalto", "window") | map(attribute="name") | list %}
{% set state = figure.columns | selectattr("stored_in", "equalto", "state") | map(attribute="name") | list %}
{% set inserted = figure.columns | selectattr("stored_in", "equalto", "state") | rejectattr("is_generated") | map(attribute="name") | list %}
create temporary table unpublished on commit drop as
select indicator_group, window_key
from ops.unpublished_window
where mart = 'figure' and indicator_group = any({{ groups }}::text[]);

create temporary table computed on commit drop as
-- looked up by window before they are joined with groups (warehouse/sql/mart_fingerprints.sql says why)
with computed_in_window as materialized (
    select * from marts.figure where window_key = any({{ windows }}::text[])
)

select
    figure.*,
    indicator.indicator_group,
    indicator.small_count_below > 0 as has_threshold,
    md5(row({{ series | identifiers("figure") }})::text) as series_labels,
    md5(row({{ window_columns | identifiers("figure") }})::text) as window_labels
from computed_in_window as figure
inner join reference.indicators as indicator on indicator.indicator_key = figure.indicator_key
inner join unpublished
    on unpublished.window_key = figure.window_key and unpublished.indicator_group = indicator.indicator_group;

analyze computed (figure_id, indicator_group, window_key, series_labels, window_labels); -- so that it is not joined with all labels by nested loops

-- the series and windows, with their labels of now, that no published figure had before
{% for table, names in [("series", series), ("window", window_columns)] %}
insert into reporting.figure_{{ table | sql_type }} ({{ names | identifiers }})
select distinct {{ names | identifiers("computed") }}
from computed
where computed.{{ table | sql_type }}_labels not in (
    select md5(row({{ names | identifiers("known") }})::text) from reporting.figure_{{ table | sql_type }} as known
);

analyze reporting.figure_{{ table | sql_type }};
{% endfor %}

create temporary table revised on commit drop as
with published_in_window as materialized (
    select state.*, series.indicator_key, reporting_window.window_key
    from reporting.figure_window as reporting_window
    inner join reporting.figure_state as state
        on state.window_no = reporting_window.window_no and state.is_current and state.change <> 'withdrawn'
    inner join reporting.figure_series as series on series.series_no = state.series_no
    where reporting_window.window_key in (select window_key from unpublished)
),

-- an indicator that the catalogue no longer has belongs to the group common, and its figures are withdrawn
published_figure as (
    select published.*, unpublished.indicator_group
    from published_in_window as published
    left join reference.indicators as indicator on indicator.indicator_key = published.indicator_key
    inner join unpublished
        on unpublished.window_key = published.window_key
        and unpublished.indicator_group = coalesce(indicator.indicator_group, 'common')
),

series as materialized (
    select series_no, md5(row({{ series | identifiers("series") }})::text) as labels from reporting.figure_series as series
),

reporting_window as materialized (
    select window_no, md5(row({{ window_columns | identifiers("reporting_window") }})::text) as labels
    from reporting.figure_window as reporting_window
),

computed_figure as (
    select computed.*, series.series_no, reporting_window.window_no
    from computed
    inner join series on series.labels = computed.series_labels
    inner join reporting_window on reporting_window.labels = computed.window_labels
)

select
    coalesce(computed.indicator_group, published.indicator_group) as indicator_group,
    coalesce(computed.series_no, published.series_no) as series_no,
    coalesce(computed.window_no, published.window_no) as window_no,
    published.series_no as was_series_no,
    published.window_no as was_window_no,
    case
        when computed.figure_id is null then 'withdrawn'
        when published.figure_id is null then 'new'
        else 'changed'
    end as change,
    coalesce(computed.has_threshold, published.has_threshold) as has_threshold,
    {% for column in figure.columns if column.stored_in == "state" %}
    {% if column.is_revised %}
    computed.{{ column.name | identifier }},
    {% else %}
    case when computed.figure_id is null then published.{{ column.name | identifier }} else computed.{{ column.name | identifier }} end as {{ column.name | identifier }},
    {% endif %}
    {% endfor %}
    coalesce(published.revision_no, withdrawn.revision_no, 0) + 1 as revision_no
from computed_figure as computed
full join published_figure as published on published.figure_id = computed.figure_id
left join lateral (
    select max(state.revision_no) as revision_no
    from reporting.figure_state as state
    where published.figure_id is null and state.figure_id = computed.figure_id
) as withdrawn on true
where
    computed.figure_id is null
    or published.figure_id is null
    or (computed.series_no, computed.window_no, {{ state | identifiers("computed") }})
    is distinct from (published.series_no, published.window_no, {{ state | identifiers("published") }});

create temporary table reason on commit drop as
with delivery as (
    select
        indicator_group,
        feed || ' ' || export_date || ' (' || change || coalesce(' by ' || decided_by || ': ' || decided_why, '') || ')' as described,
        row_number() over (partition by indicator_group order by change = 'new', export_date desc, feed, file_id) as place
    from reporting.publication_delivery
    where publication_id = {{ publication_id }}
),

described as (
    select
        indicator_group,
        string_agg(described, '; ' order by place) filter (where place <= {{ deliveries_shown }})
        || case when count(*) > {{ deliveries_shown }} then '; and ' || count(*) - {{ deliveries_shown }} || ' more' else '' end as deliveries
    from delivery
    group by indicator_group
)

select revised_group.indicator_group, {{ why }} || coalesce(': ' || described.deliveries, '') as why
from (select distinct indicator_group from revised) as revised_group
left join described on described.indicator_group = revised_group.indicator_group;

insert into reporting.figure_change (publication_id, changed_at, run_id, why, state_count)
select {{ publication_id }}::bigint, {{ at }}::timestamptz, {{ run_id }}, reason.why, count(*)
from revised
inner join reason on reason.indicator_group = revised.indicator_group
group by reason.why;

update reporting.figure_state as state
set is_current = false
from revised
where
    revised.revision_no > 1
    and state.figure_id = revised.figure_id and state.has_threshold = revised.has_threshold and state.is_current;

insert into reporting.figure_state (
    figure_hash, series_no, window_no, change_no, revision_no, is_current, has_threshold, change, {{ inserted | identifiers }}
)
select
    revised.figure_id::uuid, revised.series_no, revised.window_no, change.change_no, revised.revision_no, true, revised.has_threshold,
    revised.change,
    {{ inserted | identifiers("revised") }}
from revised
inner join reason on reason.indicator_group = revised.indicator_group
inner join reporting.figure_change as change on change.publication_id = {{ publication_id }} and change.why = reason.why
order by revised.window_no, revised.series_no; -- as in the index, which takes a quarter less space then

select change, count(*) from revised group by change
