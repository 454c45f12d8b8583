-- Inserts one revision for each figure of the published groups that differs from its published state; the revision of a
-- withdrawn figure has the labels with which it was published. Its reason names the deliveries of its group that have
-- changed. Returns how many figures are new, changed and withdrawn.
--
-- They are collected in the temporary table `revised` first, from which the published figures are then replaced: looking
-- withdrawn figures up in the table of revisions while rows are inserted into it would read the new ones again and again.
{% set names = figure.unrevised_columns | map(attribute="name") | list %}
{% set numbers = figure.revised_columns | map(attribute="name") | list %}
create temporary table revised on commit drop as
with unpublished as (
    select indicator_group, window_key
    from ops.unpublished_window
    where mart = 'figure' and indicator_group = any({{ groups }}::text[])
),

-- looked up by window before they are joined with groups (warehouse/sql/mart_fingerprints.sql says why)
published_in_window as materialized (
    select * from reporting.figure where window_key in (select window_key from unpublished)
),

computed_in_window as materialized (
    select * from marts.figure where window_key in (select window_key from unpublished)
),

delivery as (
    select
        indicator_group,
        feed || ' ' || export_date || ' (' || change || coalesce(' by ' || decided_by || ': ' || decided_why, '') || ')' as described,
        row_number() over (partition by indicator_group order by change = 'new', export_date desc, feed, file_id) as place
    from reporting.publication_delivery
    where publication_id = {{ publication_id }}
),

reason as (
    select
        indicator_group,
        string_agg(described, '; ' order by place) filter (where place <= {{ deliveries_shown }})
        || case when count(*) > {{ deliveries_shown }} then '; and ' || count(*) - {{ deliveries_shown }} || ' more' else '' end as deliveries
    from delivery
    group by indicator_group
),

-- an indicator that the catalogue no longer has belongs to the group common, and its figures are withdrawn
published_figure as (
    select published.*
    from published_in_window as published
    left join reference.indicators as indicator on indicator.indicator_key = published.indicator_key
    inner join unpublished
        on unpublished.window_key = published.window_key
        and unpublished.indicator_group = coalesce(indicator.indicator_group, 'common')
),

computed_figure as (
    select computed.*
    from computed_in_window as computed
    inner join reference.indicators as indicator on indicator.indicator_key = computed.indicator_key
    inner join unpublished
        on unpublished.window_key = computed.window_key and unpublished.indicator_group = indicator.indicator_group
)

select
    {% for name in names %}
    case when computed.figure_id is null then published.{{ name | identifier }} else computed.{{ name | identifier }} end as {{ name | identifier }},
    {% endfor %}
    {% for name in numbers %}
    published.{{ name | identifier }} as {{ ("old_" ~ name) | identifier }},
    computed.{{ name | identifier }} as {{ ("new_" ~ name) | identifier }},
    {% endfor %}
    case
        when computed.figure_id is null then 'withdrawn'
        when published.figure_id is null then 'new'
        else 'changed'
    end as change,
    coalesce(published.revision_no, withdrawn.revision_no, 0) + 1 as revision_no,
    {{ why }} || coalesce(': ' || reason.deliveries, '') as why
from computed_figure as computed
full join published_figure as published on published.figure_id = computed.figure_id
left join lateral (
    select max(revision.revision_no) as revision_no
    from reporting.figure_revision as revision
    where published.figure_id is null and revision.figure_id = computed.figure_id
) as withdrawn on true
left join reference.indicators as indicator
    on indicator.indicator_key = coalesce(computed.indicator_key, published.indicator_key)
left join reason on reason.indicator_group = indicator.indicator_group
where
    computed.figure_id is null
    or published.figure_id is null
    or ({{ figure.names | identifiers("computed") }})
    is distinct from ({{ figure.names | identifiers("published") }});

insert into reporting.figure_revision (
    {{ names | identifiers }},
    {{ numbers | identifiers(prefix="old_") }},
    {{ numbers | identifiers(prefix="new_") }},
    change, revision_no, changed_at, run_id, why, publication_id
)
select
    {{ names | identifiers }},
    {{ numbers | identifiers(prefix="old_") }},
    {{ numbers | identifiers(prefix="new_") }},
    change, revision_no, {{ at }}, {{ run_id }}, why, {{ publication_id }}
from revised;

select change, count(*) from revised group by change
