-- Inserts one revision for each figure that differs from its published state; the revision of a withdrawn figure has the
-- labels with which it was published. Returns how many figures are new, changed and withdrawn.
{% set names = figure.unrevised_columns | map(attribute="name") | list %}
{% set numbers = figure.revised_columns | map(attribute="name") | list %}
with changed as (
    insert into reporting.figure_revision (
        {{ names | identifiers }},
        {{ numbers | identifiers(prefix="old_") }},
        {{ numbers | identifiers(prefix="new_") }},
        change, revision_no, changed_at, run_id, why
    )
    select
        {% for name in names %}
        case when computed.figure_id is null then published.{{ name | identifier }} else computed.{{ name | identifier }} end,
        {% endfor %}
        {{ numbers | identifiers("published") }},
        {{ numbers | identifiers("computed") }},
        case
            when computed.figure_id is null then 'withdrawn'
            when published.figure_id is null then 'new'
            else 'changed'
        end,
        coalesce(published.revision_no, withdrawn.revision_no, 0) + 1,
        {{ at }},
        {{ run_id }},
        {{ why }}
    from marts.figure as computed
    full join reporting.figure as published on published.figure_id = computed.figure_id
    left join (
        select figure_id, max(revision_no) as revision_no
        from reporting.figure_revision
        where change = 'withdrawn'
        group by figure_id
    ) as withdrawn on withdrawn.figure_id = computed.figure_id
    where
        computed.figure_id is null
        or published.figure_id is null
        or ({{ figure.names | identifiers("computed") }})
        is distinct from ({{ figure.names | identifiers("published") }})
    returning change
)

select change, count(*)
from changed
group by change
